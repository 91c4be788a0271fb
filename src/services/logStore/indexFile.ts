import { open, readFile, rename, rm } from 'node:fs/promises';
import type { FileBytes } from '../../node/fileBytes';
import { LineIndex, type IndexSnapshot } from './lineIndex';

/** Shorter logs are read again before one notices. */
export const leastBytes = 16 << 20;
const magic = 'trainyard line index 1\n';
/** So much of the log before the index's end must be what it was. */
const checkedBytes = 256;

type Column = 'Uint16Array' | 'Uint32Array' | 'Float64Array';

/** What stands before the columns, as one line of JSON: they follow in this order, each at a multiple of eight bytes. */
interface Header extends Omit<IndexSnapshot, 'blocks' | 'errors'> {
  readonly bases: readonly number[];
  readonly columns: readonly { readonly kind: Column; readonly length: number }[];
  /** The log's last bytes before the index's end, in base64. */
  readonly end: string;
}

/**
 * The index of a long log as a file beside it, so that the log is there at once when it is opened again. It may be older
 * than the log, and is only believed where the log still has the bytes that it ends with.
 */
export class IndexFile {
  private readonly path: string;

  constructor(private readonly log: FileBytes) {
    this.path = `${log.path}.index`;
  }

  /** The index as far as it was saved; `undefined` where there is none that fits. */
  async load(): Promise<LineIndex | undefined> {
    const { size } = await this.log.measure();
    if (size < leastBytes) return undefined;
    // Anything that is wrong with it is a reason to read the log again, and nothing else.
    const saved = await readFile(this.path)
      .then(parsed)
      .catch(() => undefined);
    if (!saved || saved.snapshot.bytes > size) return undefined;
    return (await this.end(saved.snapshot.bytes)) === saved.end ? new LineIndex(saved.snapshot) : undefined;
  }

  /** Saves what is whole. What can't be saved is read again the next time. */
  async save(index: LineIndex): Promise<void> {
    const snapshot = index.snapshot();
    if (snapshot.bytes < leastBytes) return;
    const { blocks, errors, ...rest } = snapshot;
    const columns = [...blocks.flatMap(({ offsets, classes }) => [offsets, classes]), errors];
    const header: Header = {
      ...rest,
      bases: blocks.map(({ base }) => base),
      columns: columns.map((column) => ({ kind: column.constructor.name as Column, length: column.length })),
      end: await this.end(snapshot.bytes),
    };
    const draft = `${this.path}.${process.pid}.new`;
    try {
      const file = await open(draft, 'w', 0o600);
      try {
        await file.writev([
          padded(Buffer.from(`${magic}${JSON.stringify(header)}\n`)),
          ...columns.map(padded),
        ]);
      } finally {
        await file.close();
      }
      await rename(draft, this.path);
    } catch {
      await rm(draft, { force: true });
    }
  }

  private async end(bytes: number): Promise<string> {
    return Buffer.from(await this.log.read(Math.max(0, bytes - checkedBytes), bytes)).toString('base64');
  }
}

/** A multiple of eight bytes; a header that is made longer so has spaces behind it. */
function padded(column: Uint8Array | Uint16Array | Uint32Array | Float64Array): Uint8Array {
  const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
  if (bytes.length % 8 === 0) return bytes;
  const longer = new Uint8Array(Math.ceil(bytes.length / 8) * 8).fill(0x20);
  longer.set(bytes);
  return longer;
}

function parsed(file: Buffer): { snapshot: IndexSnapshot; end: string } | undefined {
  const newline = file.indexOf('\n', magic.length);
  if (newline < 0 || file.toString('latin1', 0, magic.length) !== magic) return undefined;
  const { bases, columns, end, ...rest } = JSON.parse(file.toString('utf8', magic.length, newline)) as Header;
  // `readFile` may give a part of shared memory, at an odd place.
  const bytes = file.byteOffset % 8 === 0 ? file : new Uint8Array(file);
  let at = Math.ceil((newline + 1) / 8) * 8;
  const take = ({ kind, length }: Header['columns'][number]) => {
    const types = { Uint16Array, Uint32Array, Float64Array };
    const column = new types[kind](bytes.buffer as ArrayBuffer, bytes.byteOffset + at, length);
    at += Math.ceil(column.byteLength / 8) * 8;
    return column;
  };
  const all = columns.map(take);
  const blocks = bases.map((base, i) => ({
    base,
    offsets: all[2 * i] as Uint32Array | Float64Array,
    classes: all[2 * i + 1] as Uint16Array,
  }));
  return { snapshot: { ...rest, blocks, errors: all.at(-1) as Uint32Array }, end };
}
