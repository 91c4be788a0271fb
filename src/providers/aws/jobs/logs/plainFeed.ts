import type { LogStreamId } from '../../../../core/provider';
import { logStream, type LogSource, type LogStream } from './logSource';
import { PlainReader } from './plainReader';
import { feedTimes, PolledFeed, type FeedTimes, type JobLife, type Looked } from './polledFeed';

/** Milliseconds for which a container that was started again may still have said something unread. */
const lastOfAContainer = 10_000;
/** Milliseconds between two looks for lines that are later than most. */
const farLook = 30_000;

/**
 * Reads what the containers of a job print that has no launcher of ours, with one call for all nodes: each event is a line. There are no
 * marks that would tell what is missing, so that the last seconds are read again and again, the last minute now and then, and an event is
 * known by its id.
 */
export class PlainFeed extends PolledFeed<PlainReader> {
  /** When each container was seen first, by its stream's name. */
  private readonly seen = new Map<string, { readonly stream: LogStream; readonly at: number }>();
  private lookedFarAt = -Infinity;

  constructor(
    private readonly job: string,
    private readonly source: LogSource,
    protected readonly life: (signal: AbortSignal) => Promise<JobLife>,
    times: FeedTimes = feedTimes,
  ) {
    super(times);
  }

  protected reader({ node }: LogStreamId, token: string | undefined): PlainReader {
    return new PlainReader(node, token);
  }

  protected async look(life: JobLife, signal: AbortSignal): Promise<Looked> {
    // Who has no room, or comes while this is under way, has its turn later.
    const asking = [...this.readers].filter((reader) => reader.hasRoom);
    if (asking.length === 0) return { news: false, more: false };
    const lookedAt = this.times.now();
    if (life.endedAt !== undefined || lookedAt - this.lookedFarAt >= farLook) {
      this.lookedFarAt = lookedAt;
      for (const reader of asking) reader.behind = true;
    }
    const start = life.startedAt - 60_000;
    const from = Math.max(start, Math.min(...asking.map(({ since }) => since)));
    let news = false;
    for await (const page of this.source.pages({ job: this.job, from }, signal)) {
      for (const line of page) {
        const stream = this.streamOf(line.logStreamName ?? '');
        if (!stream) continue;
        for (const reader of asking)
          if (reader.node === stream.node && reader.take(stream, line)) news = true;
      }
      for (const reader of asking) reader.flush();
      if (asking.every(({ full, over }) => full || over)) break;
    }
    return { news, more: this.settle(asking, life, lookedAt) };
  }

  private streamOf(name: string): LogStream | undefined {
    const known = this.seen.get(name);
    if (known) return known.stream;
    const stream = logStream(name);
    if (stream) this.seen.set(name, { stream, at: this.times.now() });
    return stream;
  }

  /** Where each stands after a look that began at `now`. Whether there is more to be read at once. */
  private settle(asked: readonly PlainReader[], { endedAt, ran }: JobLife, now: number): boolean {
    const over = endedAt !== undefined && (!ran || this.sinceEnd(endedAt, now) >= this.times.lastWord);
    let more = false;
    for (const reader of asked) {
      const { full, epoch } = reader;
      reader.looked();
      if (full) {
        more ||= reader.hasRoom;
        continue;
      }
      const later = [...this.seen.values()]
        .filter(({ stream }) => stream.node === reader.node && epoch !== undefined && stream.epoch > epoch)
        .sort((a, b) => a.stream.epoch - b.stream.epoch)[0];
      if (later && (over || now - later.at >= lastOfAContainer)) {
        reader.moveTo(later.stream.epoch);
        more = true;
      } else if (over && !later) {
        reader.end();
        this.readers.delete(reader);
      }
    }
    return more;
  }
}
