import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, writeAtomic } from '../../node/files';

/** A run of a cell whose end no window has shown yet. */
export interface CellRun {
  /** Names the journal on the machine. */
  readonly run: string;
  /** The cell's own id in the file, where it has one. */
  readonly cell?: string;
  /** Place of the cell in the notebook when it was started. */
  readonly index: number;
  readonly code: string;
}

/** What a notebook runs on. */
export interface NotebookRecord {
  /** Id of the machine. */
  readonly machine: string;
  readonly spec: string;
  readonly kernel: string;
  readonly runs: readonly CellRun[];
}

/**
 * Which kernel each notebook has and which cells run there: files in the state folder, written before a cell is sent, so that a window
 * that comes after a crash finds what still runs. One file a notebook; one window writes it, as a notebook is open in one.
 */
export class NotebookRuns {
  private readonly writing = new Map<string, Promise<unknown>>();

  constructor(private readonly folder: string) {}

  /** `uri` names the notebook. `undefined` where nothing is known of it. */
  async get(uri: string): Promise<NotebookRecord | undefined> {
    await this.writing.get(uri);
    return this.read(uri);
  }

  /** Changes what is known of a notebook; `undefined` forgets it. One change at a time. */
  async update(
    uri: string,
    change: (record: NotebookRecord | undefined) => NotebookRecord | undefined,
  ): Promise<void> {
    const next = (this.writing.get(uri) ?? Promise.resolve())
      .catch(() => undefined)
      .then(async () => this.write(uri, change(await this.read(uri))));
    this.writing.set(uri, next);
    await next;
  }

  private async read(uri: string): Promise<NotebookRecord | undefined> {
    try {
      const record = JSON.parse(await readFile(this.path(uri), 'utf8')) as NotebookRecord;
      return Array.isArray(record.runs) && typeof record.kernel === 'string' ? record : undefined;
    } catch (error) {
      // A file that can't be read is as good as none: its cells are run again.
      if (isSystemError(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  private async write(uri: string, record: NotebookRecord | undefined): Promise<void> {
    if (!record) return rm(this.path(uri), { force: true });
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await writeAtomic(this.path(uri), JSON.stringify(record));
  }

  private path(uri: string): string {
    return join(this.folder, `${createHash('sha256').update(uri).digest('hex').slice(0, 32)}.json`);
  }
}
