import { createHash } from 'node:crypto';
import type { LogChunk } from '../../src/core/provider';

/** Bytes of a line, its newline included. */
const lineBytes = 80;
const blockLines = 1000;
const blockBytes = lineBytes * blockLines;

/** A log of numbered lines that is the same in every process, and is given from any byte on in chunks that end anywhere. */
export class LongLog {
  readonly bytes: number;

  constructor(readonly lines: number) {
    this.bytes = lines * lineBytes;
  }

  /** `from` and each `next` is the number of bytes given. */
  async *chunks(from: string | undefined, seed: number, signal: AbortSignal): AsyncIterable<LogChunk> {
    const random = randomNumbers(seed);
    for (let at = Number(from ?? 0); at < this.bytes && !signal.aborted;) {
      const block = this.block(Math.floor(at / blockBytes));
      const skipped = at % blockBytes;
      const length = Math.ceil(random() ** 4 * blockBytes);
      const bytes = block.subarray(skipped, skipped + length);
      at += bytes.length;
      yield await Promise.resolve({ bytes, next: String(at) });
    }
  }

  sha256(): string {
    const hash = createHash('sha256');
    for (let index = 0; index * blockBytes < this.bytes; index += 1) hash.update(this.block(index));
    return hash.digest('hex');
  }

  private block(index: number): Buffer {
    const first = index * blockLines;
    const block = Buffer.alloc(Math.min(blockLines, this.lines - first) * lineBytes, template);
    for (let line = 0; line * lineBytes < block.length; line += 1)
      block.write(String(first + line).padStart(10, '0'), line * lineBytes + 5, 'latin1');
    return block;
  }
}

const template = `line 0000000000 ${'of a log that must come through whole '.padEnd(lineBytes - 17, '.')}\n`;

/** Park and Miller's generator: the same numbers in every run, each below 1. */
export function randomNumbers(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
