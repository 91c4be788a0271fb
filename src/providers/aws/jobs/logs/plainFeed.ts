import { asError, CancelledError } from '../../../../core/errors';
import type { LogStreamId } from '../../../../core/provider';
import { feedTimes, type FeedTimes, type JobLife } from './jobFeed';
import type { Feed } from './logs';
import { logStream, type LogSource, type LogStream } from './logSource';
import { PlainReader } from './plainReader';

/** Milliseconds for which a container that was started again may still have said something unread. */
const lastOfAContainer = 10_000;

/**
 * Reads what the containers of a job print that has no launcher of ours, with one call for all nodes: each event is a line. There are no
 * marks that would tell what is missing, so that the last seconds are read again and again, and an event is known by its id.
 */
export class PlainFeed implements Feed<PlainReader> {
  private readonly readers = new Set<PlainReader>();
  /** When each container was seen first, by its stream's name. */
  private readonly seen = new Map<string, { readonly stream: LogStream; readonly at: number }>();
  private readonly leaving = new AbortController();
  private running = false;
  private wake: () => void = () => undefined;
  private endSeenAt: number | undefined;

  constructor(
    private readonly job: string,
    private readonly source: LogSource,
    /** How the job is. Throws where there is no such job. */
    private readonly life: (signal: AbortSignal) => Promise<JobLife>,
    private readonly times: FeedTimes = feedTimes,
  ) {}

  open({ node }: LogStreamId, token: string | undefined): PlainReader {
    const reader = new PlainReader(node, token);
    this.readers.add(reader);
    if (!this.running) {
      this.running = true;
      void this.run();
    }
    this.wake();
    return reader;
  }

  close(reader: PlainReader): void {
    this.readers.delete(reader);
    reader.end(new CancelledError());
  }

  dispose(): void {
    this.leaving.abort();
  }

  /** Never rejects. Ends when nobody reads any more. */
  private async run(): Promise<void> {
    const { signal } = this.leaving;
    try {
      let quietSince = this.times.now();
      while (this.readers.size > 0 && !signal.aborted) {
        // Asked first: what was printed before its end can be looked for then.
        const life = await this.life(signal);
        if (life.endedAt !== undefined) this.endSeenAt ??= this.times.now();
        const news = await this.look(life, signal);
        const more = this.settle(life);
        if (news) quietSince = this.times.now();
        if (this.readers.size > 0 && !more) await this.pause(this.times.now() - quietSince, signal);
      }
    } catch (error) {
      for (const reader of this.readers) reader.end(asError(error));
      this.readers.clear();
    }
    this.running = false;
  }

  /** Whether somebody got something. */
  private async look(life: JobLife, signal: AbortSignal): Promise<boolean> {
    const asking = [...this.readers].filter((reader) => reader.hasRoom);
    if (asking.length === 0) return false;
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
    return news;
  }

  private streamOf(name: string): LogStream | undefined {
    const known = this.seen.get(name);
    if (known) return known.stream;
    const stream = logStream(name);
    if (stream) this.seen.set(name, { stream, at: this.times.now() });
    return stream;
  }

  /** Where each stands after a look. Whether there is more to be read at once. */
  private settle(life: JobLife): boolean {
    const now = this.times.now();
    const over =
      life.endedAt !== undefined &&
      (!life.ran || now - Math.min(life.endedAt, this.endSeenAt ?? now) >= this.times.lastWord);
    let more = false;
    for (const reader of this.readers) {
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

  private async pause(quiet: number, signal: AbortSignal): Promise<void> {
    // Somebody new need not wait.
    const woken = new AbortController();
    this.wake = () => {
      woken.abort();
    };
    const milliseconds = Math.min(this.times.idle, Math.max(this.times.busy, quiet / 6));
    try {
      await this.times.wait(milliseconds, AbortSignal.any([signal, woken.signal]));
    } catch (error) {
      if (!woken.signal.aborted && !signal.aborted) throw error;
    }
  }
}
