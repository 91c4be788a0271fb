import { ProviderError } from '../../../core/errors';
import type { LogChunk, LogStreamId } from '../../../core/provider';
import type { LogSegment } from './logDecoder';

/** Bytes that wait for somebody to take them; what comes then is read again later. */
const mostWaiting = 8 << 20;

/**
 * One channel of one node, from where its reader is: what comes of it is taken once and in order, whatever is given twice, out of order or not
 * yet. The token is `<epoch>:<offset>:<time>`: of the container's stream when it was started, how many bytes of it were given, and where in
 * time to look for the next.
 */
export class LogReader {
  /** Of the stream that is read now; `undefined` before there is one. */
  epoch: number | undefined;
  /** Unix milliseconds: nothing that is missing is older. */
  since: number;
  /** Whether there may be something from `since` on that it has not got. */
  behind = true;
  /** The container said that there is no more. */
  finished = false;
  /** Since when something has been missing, by the clock of the feed. */
  blockedAt: number | undefined;
  over = false;
  private offset = 0;
  private readonly waiting: LogChunk[] = [];
  private waitingBytes = 0;
  private failure: Error | undefined;
  private wake: () => void = () => undefined;

  constructor(
    readonly id: LogStreamId,
    token: string | undefined,
    start: number,
  ) {
    this.since = start;
    if (token === undefined) return;
    const found = /^(\d{1,15}):(\d{1,15}):(\d{1,15})$/.exec(token);
    if (!found) throw new ProviderError('invalid', `This is no place in a log: ${token.slice(0, 100)}`);
    [this.epoch, this.offset, this.since] = found.slice(1).map(Number) as [number, number, number];
  }

  get hasRoom(): boolean {
    return this.waitingBytes < mostWaiting;
  }

  /**
   * Takes what of a segment is new; `false` where something before it is missing. `anyway`: it is taken to be lost, and what there is counts.
   */
  take(segment: LogSegment, anyway: boolean): boolean {
    const { channel } = this.id;
    const [from, to, bytes] = [segment.from[channel], segment.to[channel], segment.bytes[channel]];
    // What begins nowhere for sure has to begin where this one is.
    const whole =
      to - from === bytes.length && from <= this.offset && (segment.sure || from === this.offset);
    if (to < this.offset) return true;
    if (to > this.offset) {
      if (!whole && !anyway) return false;
      const fresh = bytes.subarray(whole ? this.offset - from : 0);
      this.offset = to;
      this.since = segment.t;
      this.give(fresh);
    } else {
      this.since = Math.max(this.since, segment.t);
    }
    if (segment.end) this.finished = true;
    return true;
  }

  /** Goes on with the stream of a container that was started later. */
  moveTo(epoch: number, since: number): void {
    this.epoch = epoch;
    this.offset = 0;
    this.since = since;
    this.finished = false;
    this.blockedAt = undefined;
    this.behind = true;
  }

  end(error?: Error): void {
    this.over = true;
    this.failure = error;
    this.wake();
  }

  /** What came since, as one chunk; `undefined` at the end. Throws what the feed threw, once all is given. */
  async next(): Promise<LogChunk | undefined> {
    while (this.waiting.length === 0) {
      if (this.failure) throw this.failure;
      if (this.over) return undefined;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.wake = () => {
        resolve(undefined);
      };
      await promise;
    }
    const chunks = this.waiting.splice(0);
    this.waitingBytes = 0;
    const [first] = chunks;
    const last = chunks.at(-1);
    if (!first || !last) return undefined;
    const bytes = chunks.length === 1 ? first.bytes : Buffer.concat(chunks.map((chunk) => chunk.bytes));
    return { bytes, next: last.next };
  }

  private give(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.waitingBytes += bytes.length;
    this.waiting.push({ bytes, next: `${this.epoch ?? 0}:${this.offset}:${this.since}` });
    this.wake();
  }
}
