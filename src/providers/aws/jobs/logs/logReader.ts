import type { LogChunk, LogStreamId } from '../../../../core/provider';
import type { LogSegment } from './logDecoder';
import { tokenNumbers, WaitingChunks } from './waitingChunks';

/**
 * One channel of one node, from where its reader is: what comes of it is taken once and in order, whatever is given twice, out of order or not
 * yet. The token is `<epoch>:<offset>:<time>`: of the container's stream when it was started, how many bytes of it were given, and where in
 * time to look for the next.
 */
export class LogReader {
  /** Of the stream that is read now; `undefined` before there is one. */
  epoch: number | undefined;
  /** Unix milliseconds: nothing that is missing is older. */
  since = 0;
  /** Whether there may be something from `since` on that it has not got. */
  behind = true;
  /** The container said that there is no more. */
  finished = false;
  /** Since when what comes next has been missing, by the clock of the feed. */
  blockedAt: number | undefined;
  over = false;
  private offset = 0;
  private readonly waiting = new WaitingChunks();

  constructor(
    readonly id: LogStreamId,
    token: string | undefined,
  ) {
    if (token === undefined) return;
    [this.epoch, this.offset, this.since] = tokenNumbers(token);
  }

  get hasRoom(): boolean {
    return this.waiting.hasRoom;
  }

  /** Takes what of a segment is new; `false` where something before it, or of it, is missing. */
  take({ from, to, sure, bytes, times, t, end }: LogSegment): boolean {
    const { channel } = this.id;
    if (to[channel] > this.offset) {
      const begin = from[channel];
      // What begins nowhere for sure has to begin where this one is.
      const fits = sure ? begin <= this.offset : begin === this.offset;
      if (!fits || to[channel] - begin !== bytes[channel].length) return false;
      this.give(bytes[channel], this.offset - begin, { offset: to[channel], t, times });
    } else if (to[channel] === this.offset) {
      this.since = Math.max(this.since, t);
    } else {
      return true;
    }
    if (end) this.finished = true;
    return true;
  }

  /** Takes what there is of a segment, as what is missing was lost. How many bytes that were. */
  skipTo({ to, bytes, times, t, end }: LogSegment): number {
    const { channel } = this.id;
    const missing = to[channel] - this.offset - bytes[channel].length;
    this.give(bytes[channel], 0, { offset: to[channel], t, times });
    if (end) this.finished = true;
    return Math.max(0, missing);
  }

  /** Its first line has not come; it will not be older than `since`. */
  expect(since: number): void {
    this.since = Math.max(this.since, since);
    this.behind = true;
  }

  /** Goes on with the stream of a container that was started later, from its beginning, by whatever clock that is. */
  moveTo(epoch: number): void {
    this.epoch = epoch;
    this.offset = 0;
    this.since = 0;
    this.finished = false;
    this.blockedAt = undefined;
    this.behind = true;
  }

  end(error?: Error): void {
    this.over = true;
    this.waiting.end(error);
  }

  /** What came next; `undefined` at the end. Throws what the feed threw, once all is given. */
  next(): Promise<LogChunk | undefined> {
    return this.waiting.next();
  }

  /** What of `all` comes behind its first `had` bytes. */
  private give(
    all: Uint8Array,
    had: number,
    { offset, t, times }: Pick<LogSegment, 't' | 'times'> & { readonly offset: number },
  ): void {
    this.offset = offset;
    this.since = t;
    this.blockedAt = undefined;
    if (all.length <= had) return;
    this.waiting.push({
      bytes: all.subarray(had),
      next: `${this.epoch ?? 0}:${offset}:${t}`,
      ...(this.id.channel === 'log' && {
        times: times.flatMap(({ bytes, t: at }) => (bytes > had ? { bytes: bytes - had, t: at } : [])),
      }),
    });
  }
}
