const newline = 0x0a;
const carriageReturn = 0x0d;

/** A line is `buffer[from..to)`, without its newline; `end` is the file offset behind the newline. */
export type EachLine = (buffer: Uint8Array, from: number, to: number, end: number) => void;

/**
 * Cuts chunks into whole lines and keeps the torn one at their end until it is completed. What a progress bar shows
 * between two `\r` is a line of its own. Lines longer than `longest` bytes are passed over, so what is kept stays small.
 */
export class WholeLines {
  private torn: Uint8Array[] = [];
  private tornBytes = 0;
  private offset = 0;

  constructor(private readonly longest: number) {}

  push(chunk: Uint8Array, each: EachLine): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    let feed = next(bytes, newline, 0);
    let rewrite = next(bytes, carriageReturn, 0);
    for (;;) {
      const to = Math.min(feed, rewrite);
      if (to === Infinity) break;
      if (this.tornBytes > 0) {
        this.keep(bytes.subarray(from, to));
        this.give(this.offset + to + 1, each);
      } else if (to > from && to - from <= this.longest) {
        each(bytes, from, to, this.offset + to + 1);
      }
      from = to + 1;
      if (to === feed) feed = next(bytes, newline, from);
      else rewrite = next(bytes, carriageReturn, from);
    }
    if (from < bytes.length) this.keep(bytes.subarray(from));
    this.offset += bytes.length;
  }

  /** The line that never got its newline, once nothing more will come. */
  finish(each: EachLine): void {
    if (this.tornBytes > 0) this.give(this.offset, each);
  }

  private keep(part: Uint8Array): void {
    this.tornBytes += part.length;
    if (this.tornBytes <= this.longest) this.torn.push(part.slice());
    else this.torn = [];
  }

  private give(end: number, each: EachLine): void {
    if (this.tornBytes <= this.longest) {
      const line = Buffer.concat(this.torn);
      each(line, 0, line.length, end);
    }
    this.torn = [];
    this.tornBytes = 0;
  }
}

function next(bytes: Buffer, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at < 0 ? Infinity : at;
}
