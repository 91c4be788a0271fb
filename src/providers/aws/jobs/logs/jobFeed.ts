import type { LogStreamId } from '../../../../core/provider';
import { LogDecoder, type LogSegment } from './logDecoder';
import { LogReader } from './logReader';
import { logStream, type LogLine, type LogSource, type LogStream } from './logSource';
import { feedTimes, PolledFeed, type FeedTimes, type JobLife, type Looked } from './polledFeed';

/** Milliseconds by which the clocks of two machines may differ. */
const largestSkew = 120_000;

/** Streams that one call can name. */
const mostNames = 100;

/** One container's lines while they are read through once. */
interface Pass {
  readonly stream: LogStream;
  readonly decoder: LogDecoder;
}

/** One time that the lines are read through. */
interface Look {
  /** For whom. What it says to others may have a hole before it. */
  readonly asked: ReadonlySet<LogReader>;
  /** Whom it did not say what comes next, or who had no room for it. */
  readonly missed: Set<LogReader>;
  readonly life: JobLife;
}

interface SeenStream {
  readonly stream: LogStream;
  /** By the clock of the feed. */
  readonly seenAt: number;
}

/**
 * Reads the logs of a job's containers for all who want some of them, with one call for all nodes and both channels. It looks at the lines of
 * the last few seconds again each time, for some come late; where the containers' own marks say that a piece is missing, it is looked for from
 * there on until it comes.
 */
export class JobFeed extends PolledFeed<LogReader> {
  /** Of each node in the order of their starts. */
  private readonly streams = new Map<number, SeenStream[]>();
  /** CloudWatch's clock at the newest line, and by how much lines of each stream were older when they came there. */
  private newest: number | undefined;
  private readonly lags = new Map<string, number>();
  /** When this look began. */
  private lookedAt = 0;
  /** Whether the last look was at some streams only. */
  private sawSome = false;

  constructor(
    private readonly job: string,
    private readonly source: LogSource,
    /** How the job is; `soon`: it may just have ended. Throws where there is no such job. */
    private readonly lifeOf: (soon: boolean, signal: AbortSignal) => Promise<JobLife>,
    /** Hears of what was lost on the way. */
    private readonly warn: (problem: string) => void,
    times: FeedTimes = feedTimes,
  ) {
    super(times);
  }

  protected reader(id: LogStreamId, token: string | undefined): LogReader {
    return new LogReader(id, token);
  }

  protected life(signal: AbortSignal): Promise<JobLife> {
    return this.lifeOf(
      [...this.readers].some(({ finished }) => finished),
      signal,
    );
  }

  protected async look(life: JobLife, signal: AbortSignal): Promise<Looked> {
    const from = this.newest;
    const all = await this.readThrough(life, signal);
    for (const reader of this.readers) this.settle(reader, life);
    return { news: this.newest !== from, more: !all };
  }

  /** Reads through what may be new, or missing. `false` where that was not all that is to be looked at. */
  private async readThrough(life: JobLife, signal: AbortSignal): Promise<boolean> {
    this.lookedAt = this.times.now();
    const lacking = [...this.readers].filter((reader) => reader.behind && reader.hasRoom);
    const known = lacking.flatMap((reader) => this.seen(reader) ?? []);
    const window = this.window();
    // Where it is known what lacks something, that is read apart, in turn with looks at everything.
    const apart = window !== undefined && lacking.length > 0 && known.length === lacking.length;
    const some = apart && !this.sawSome;
    this.sawSome = some;
    const asked = new Set(apart && !some ? [] : lacking);
    const start = life.startedAt - 60_000;
    const from = Math.min(some ? Infinity : (window ?? Infinity), ...[...asked].map(({ since }) => since));
    const names = [...new Set(known.map(({ stream }) => stream.name))];
    const query = {
      job: this.job,
      from: Number.isFinite(from) ? Math.max(start, from) : start,
      ...(some && names.length <= mostNames && { streams: names }),
    };
    const passes = new Map<string, Pass | undefined>();
    const missed = new Set<LogReader>();
    for (const reader of asked) reader.behind = false;
    for await (const page of this.source.pages(query, signal)) {
      for (const line of page) this.line(line, passes, { asked, missed, life });
      if (this.readers.size === 0) return true;
    }
    for (const reader of missed) {
      reader.behind = true;
      if (reader.hasRoom) reader.blockedAt ??= this.times.now();
    }
    for (const reader of asked) if (!missed.has(reader)) reader.blockedAt = undefined;
    for (const reader of asked) if (!missed.has(reader)) this.flush(reader, life, passes);
    // Of a container that has not been seen nobody knows by what clock it goes.
    for (const reader of asked)
      if (reader.epoch === undefined && !reader.finished) reader.expect((this.newest ?? 0) - largestSkew);
    return !some;
  }

  /** From when on a look at everything begins; `undefined` before anything was seen. */
  private window(): number | undefined {
    if (this.newest === undefined) return undefined;
    return this.newest - Math.max(0, ...this.lags.values()) - this.times.slack;
  }

  private line(
    { logStreamName = '', timestamp = 0, ingestionTime = timestamp, message = '' }: LogLine,
    passes: Map<string, Pass | undefined>,
    look: Look,
  ): void {
    let pass = passes.get(logStreamName);
    if (!pass) {
      if (passes.has(logStreamName)) return;
      const stream = logStream(logStreamName);
      pass = stream && { stream, decoder: new LogDecoder() };
      passes.set(logStreamName, pass);
      if (!pass) return;
      this.meet(pass.stream);
    }
    if (ingestionTime > (this.newest ?? 0)) this.newest = ingestionTime;
    const segment = pass.decoder.add(message, timestamp);
    if (!segment) return;
    this.lags.set(logStreamName, ingestionTime - timestamp);
    for (const reader of this.readers) this.hand(reader, pass.stream, segment, look);
  }

  private hand(
    reader: LogReader,
    stream: LogStream,
    segment: LogSegment,
    { asked, missed, life }: Look,
  ): void {
    if (reader.id.node !== stream.node || reader.over) return;
    reader.epoch ??= stream.epoch;
    if (reader.epoch !== stream.epoch || missed.has(reader)) return;
    const { blockedAt } = reader;
    if (!reader.hasRoom) {
      missed.add(reader);
    } else if (!reader.take(segment)) {
      const long = blockedAt !== undefined && this.lookedAt - blockedAt >= this.times.patience;
      if (asked.has(reader) && (long || this.isLast(reader, life))) this.lose(reader, segment);
      else missed.add(reader);
    }
  }

  private meet(stream: LogStream): void {
    const before = this.streams.get(stream.node) ?? [];
    if (before.some(({ stream: { epoch } }) => epoch === stream.epoch)) return;
    before.push({ stream, seenAt: this.times.now() });
    before.sort((a, b) => a.stream.epoch - b.stream.epoch);
    this.streams.set(stream.node, before);
  }

  private lose(reader: LogReader, segment: LogSegment): void {
    const { node, channel } = reader.id;
    const bytes = reader.skipTo(segment);
    this.warn(`CloudWatch never gave ${bytes} bytes of the ${channel} of node ${node} of ${this.job}.`);
  }

  /** What a container printed before it was killed has no mark behind it: it is given when nothing can come any more. */
  private flush(reader: LogReader, life: JobLife, passes: ReadonlyMap<string, Pass | undefined>): void {
    if (reader.finished || !reader.hasRoom || reader.over || !this.isLast(reader, life)) return;
    for (const pass of passes.values()) {
      if (pass?.stream.node !== reader.id.node) continue;
      reader.epoch ??= pass.stream.epoch;
      if (reader.epoch !== pass.stream.epoch) continue;
      const rest = pass.decoder.rest();
      if (!reader.take(rest)) this.lose(reader, rest);
    }
    reader.finished = true;
  }

  /** Whether the container that it reads can't be expected to say any more. */
  private isLast(reader: LogReader, life: JobLife): boolean {
    const now = this.lookedAt;
    const later = this.later(reader);
    if (later) return now - later.seenAt >= this.times.lastWord;
    if (life.endedAt === undefined) return false;
    return !life.ran || this.sinceEnd(life.endedAt, now) >= this.times.lastWord;
  }

  /** Whether no container can have been started after the one it has read, of which nothing has come yet. */
  private isAll({ since }: LogReader, endedAt: number): boolean {
    const late = this.sinceEnd(endedAt, this.lookedAt) >= this.times.lastWord;
    return late || since === 0 || endedAt - since < largestSkew;
  }

  /** The stream of the container that was started after the one it reads. */
  private later({ id, epoch }: LogReader): SeenStream | undefined {
    if (epoch === undefined) return undefined;
    return this.streams.get(id.node)?.find(({ stream }) => stream.epoch > epoch);
  }

  private seen({ id, epoch }: LogReader): SeenStream | undefined {
    return this.streams.get(id.node)?.find(({ stream }) => stream.epoch === epoch);
  }

  /** Where it stands after a look: at its end, at another container's beginning, or not yet. */
  private settle(reader: LogReader, life: JobLife): void {
    const later = this.later(reader);
    if (reader.finished && later) {
      reader.moveTo(later.stream.epoch);
    } else if (
      reader.finished &&
      life.endedAt !== undefined &&
      !reader.behind &&
      this.isAll(reader, life.endedAt)
    ) {
      reader.end();
      this.readers.delete(reader);
    } else if (!reader.finished && (life.endedAt !== undefined || later)) {
      // Its last words are looked for from where it is, however late they come.
      reader.behind = true;
    }
  }
}
