import type { Writable } from 'node:stream';
import { CancelledError } from '../core/errors';

/** Terminal output: never faster than the reader, and quiet once the reader has gone (`trainyard logs X | head`). */
export class Printer {
  private closed = false;

  constructor(private readonly out: Writable) {
    out.on('error', () => {
      this.closed = true;
    });
  }

  async line(text: string): Promise<void> {
    await this.bytes(`${text}\n`);
  }

  async json(value: unknown): Promise<void> {
    await this.line(JSON.stringify(value));
  }

  async bytes(data: string | Uint8Array): Promise<void> {
    if (this.closed) throw new CancelledError();
    if (this.out.write(data)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.out.off('drain', done).off('close', done).off('error', done);
        resolve();
      };
      this.out.on('drain', done).on('close', done).on('error', done);
    });
  }

  /** Left-aligned columns, two spaces apart; the last one is not padded. */
  async table(cells: readonly (readonly string[])[]): Promise<void> {
    const rows = cells.map((row) => row.map(inert));
    const widths = (rows[0] ?? []).map((_, column) =>
      Math.max(...rows.map((row) => (row[column] ?? '').length)),
    );
    for (const row of rows) {
      const padded = row.map((cell, column) =>
        column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0),
      );
      await this.line(padded.join('  ').trimEnd());
    }
  }
}

/** A name that somebody else gave, which can't move the cursor or change colours. */
export function inert(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}
