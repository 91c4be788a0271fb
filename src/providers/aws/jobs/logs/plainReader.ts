import type { LogChunk } from '../../../../core/provider';
import type { LogLine, LogStream } from './logSource';
import { tokenNumbers, WaitingChunks } from './waitingChunks';

/** Milliseconds by which lines of one container may come out of order. */
const slack = 3000;

/**
 * What the containers of one node print, each event a line. The token is `<epoch>:<time>:<count>`: of the container's stream when it was
 * started, the time of the last line that was given, and how many of that time were.
 */
export class PlainReader {
  /** Of the container that is read now; `undefined` before one is seen. */
  epoch: number | undefined;
  over = false;
  /** It had no room for something that is there. */
  full = false;
  private time = 0;
  private count = 0;
  /** Where its token was: nothing older is taken, and of that very time not the first `again` lines. */
  private floor = 0;
  private again = 0;
  /** Events of the last seconds that were given, by their ids. */
  private given = new Map<string, number>();
  private pieces: string[] = [];
  private readonly waiting = new WaitingChunks();

  constructor(
    readonly node: number,
    token: string | undefined,
  ) {
    if (token === undefined) return;
    [this.epoch, this.time, this.count] = tokenNumbers(token);
    [this.floor, this.again] = [this.time, this.count];
  }

  /** Unix milliseconds: nothing that it lacks is older. */
  get since(): number {
    return Math.max(this.floor, this.time - slack);
  }

  get hasRoom(): boolean {
    return this.waiting.hasRoom;
  }

  /** Takes a line of its node unless it has it; whether it did. Lines come in the order of their times. */
  take(stream: LogStream, { eventId = '', timestamp = 0, message = '' }: LogLine): boolean {
    this.epoch ??= stream.epoch;
    if (stream.epoch !== this.epoch || this.over || timestamp < this.floor || this.given.has(eventId))
      return false;
    if (this.again > 0 && timestamp === this.floor) {
      this.again -= 1;
      this.given.set(eventId, timestamp);
      return false;
    }
    if (!this.hasRoom || this.full) {
      this.full = true;
      return false;
    }
    if (timestamp > this.time) {
      this.time = timestamp;
      this.count = 0;
    }
    if (timestamp === this.time) this.count += 1;
    this.given.set(eventId, timestamp);
    this.pieces.push(message, '\n');
    if (this.pieces.length >= 20_000) this.flush();
    return true;
  }

  /** Hands on what was taken. */
  flush(): void {
    if (this.pieces.length === 0) return;
    const bytes = Buffer.from(this.pieces.join(''));
    this.pieces = [];
    this.waiting.push({ bytes, next: `${this.epoch ?? 0}:${this.time}:${this.count}` });
  }

  /** After a look at everything from `since` on. */
  looked(): void {
    this.flush();
    this.full = false;
    if (this.given.size < 10_000) return;
    this.given = new Map([...this.given].filter(([, time]) => time >= this.time - slack));
  }

  /** Goes on with a container that was started later, whatever its clock says. */
  moveTo(epoch: number): void {
    this.epoch = epoch;
    [this.time, this.count, this.floor, this.again] = [0, 0, 0, 0];
    this.given.clear();
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
