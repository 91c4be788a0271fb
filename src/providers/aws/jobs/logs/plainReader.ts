import type { LogChunk } from '../../../../core/provider';
import { GivenLines } from './givenLines';
import type { LogLine, LogStream } from './logSource';
import { TimedBytes } from './timedBytes';
import { tokenNumbers, WaitingChunks } from './waitingChunks';

/** Milliseconds by which lines of one container often come out of order. */
const slack = 3000;
/** Lines of one chunk. */
const mostLines = 10_000;

/**
 * What the containers of one node print, each event a line. The token is `<epoch>:<place>`: of the container's stream when it was started, and
 * which of its lines were given (`GivenLines`).
 */
export class PlainReader {
  /** Of the container that is read now; `undefined` before one is seen. */
  epoch: number | undefined;
  over = false;
  /** It had no room for something that is there. */
  full = false;
  /** Whether lines are to be looked for that are later than most. */
  behind = true;
  private given = new GivenLines();
  private readonly bytes = new TimedBytes();
  private readonly waiting = new WaitingChunks();

  constructor(
    readonly node: number,
    token: string | undefined,
  ) {
    if (token === undefined) return;
    // Without ids where lines were counted.
    const numbers = /^\d+:\d+:\d+(?=:)/.exec(token)?.[0] ?? token;
    const [epoch, since, count] = tokenNumbers(numbers);
    this.epoch = epoch;
    this.given = new GivenLines(since, count, token.slice(numbers.length + 1));
  }

  /** Unix milliseconds: nothing that it lacks is older. */
  get since(): number {
    const { since, newest } = this.given;
    return this.behind ? since : Math.max(since, newest - slack);
  }

  get hasRoom(): boolean {
    return this.waiting.hasRoom;
  }

  /** Takes a line of its node unless it has it; whether it did. Lines come in the order of their times. */
  take(stream: LogStream, { eventId = '', timestamp = 0, message = '' }: LogLine): boolean {
    this.epoch ??= stream.epoch;
    if (stream.epoch !== this.epoch || this.over) return false;
    const taken = this.given.take(eventId, timestamp, this.hasRoom && !this.full);
    if (taken === 'noRoom') this.full = true;
    if (taken !== 'new') return false;
    this.bytes.line(message, timestamp);
    if (this.bytes.lines >= mostLines) this.flush();
    return true;
  }

  /** Hands on what was taken. */
  flush(): void {
    if (this.bytes.lines === 0) return;
    const { bytes, times } = this.bytes.take();
    this.waiting.push({ bytes, times, next: `${this.epoch ?? 0}:${this.given.place()}` });
  }

  /** After a look at everything from `since` on, or at so much that it is full. */
  looked(): void {
    this.flush();
    if (!this.full) this.behind = false;
    this.full = false;
  }

  /** Goes on with a container that was started later, whatever its clock says. */
  moveTo(epoch: number): void {
    this.epoch = epoch;
    this.given = new GivenLines();
    this.behind = true;
  }

  end(error?: Error): void {
    this.flush();
    this.over = true;
    this.waiting.end(error);
  }

  /** What came next; `undefined` at the end. Throws what the feed threw, once all is given. */
  next(): Promise<LogChunk | undefined> {
    return this.waiting.next();
  }
}
