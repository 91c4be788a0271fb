import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError, messageOf } from '../../core/errors';
import type { Machine, RemoteProcess } from '../../core/machine';

export interface ShellScreen {
  /** Text for the terminal. */
  write(text: string): void;
  /** The shell ended by itself. */
  close(): void;
}

/** What the screen gets at once; between two pieces it may draw, so that a flood of output does not pile up in front of it. */
const pieceLength = 1 << 16;

/**
 * A login shell on a machine behind a screen and a keyboard. When the connection is lost the shell is gone with it; Enter then
 * brings a new one as soon as the machine is there again.
 */
export class ShellSession {
  private readonly abort = new AbortController();
  private process: RemoteProcess | undefined;
  private state: 'starting' | 'running' | 'lost' = 'starting';
  private columns = 80;
  private rows = 24;
  /** What is typed is sent in its order, and only as fast as the machine takes it. */
  private typing: Promise<void> = Promise.resolve();
  private begun: () => void = () => undefined;

  constructor(
    private readonly machine: Machine,
    private readonly screen: ShellScreen,
  ) {}

  async start(): Promise<void> {
    const { signal } = this.abort;
    this.state = 'starting';
    this.typing = new Promise((resolve) => {
      this.begun = resolve;
    });
    try {
      const terminal = { columns: this.columns, rows: this.rows, type: 'xterm-256color' };
      const process = await this.machine.start([], { terminal }, signal);
      if (signal.aborted) {
        process.close();
        return;
      }
      this.process = process;
      this.state = 'running';
      process.resize(this.columns, this.rows);
      this.begun();
      await this.show(process);
      await process.ended;
      this.screen.close();
    } catch (error) {
      if (signal.aborted || error instanceof CancelledError) return;
      this.state = 'lost';
      this.tell(`${oneLine(messageOf(error))} Press Enter for a new shell.`);
    } finally {
      this.process = undefined;
      this.begun();
    }
  }

  /** Keys that are pressed before the shell runs are kept for it. */
  type(text: string): void {
    if (this.state === 'lost') {
      if (!/[\r\n]/.test(text)) return;
      this.tell(`Connecting to ${oneLine(this.machine.label)}…`);
      void this.start();
      return;
    }
    const bytes = new TextEncoder().encode(text);
    this.typing = this.typing.then(async () => {
      // Of a process that is gone meanwhile, what was typed for it is gone too.
      await this.process?.write(bytes).catch(() => undefined);
    });
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    if (this.state === 'running') this.process?.resize(columns, rows);
  }

  close(): void {
    this.abort.abort();
    this.process?.close();
  }

  private async show({ output }: RemoteProcess): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of output) {
      for (let from = 0; from < bytes.length; from += pieceLength) {
        if (this.abort.signal.aborted) return;
        this.screen.write(decoder.decode(bytes.subarray(from, from + pieceLength), { stream: true }));
        if (bytes.length >= pieceLength) await delay(2);
      }
    }
  }

  private tell(text: string): void {
    this.screen.write(`\r\n\x1b[33m${text}\x1b[0m\r\n`);
  }
}

/** A reason may hold what a server said: it must not move the cursor. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ');
}
