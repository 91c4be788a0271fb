import { ProviderError } from '../../../../src/core/errors';
import type { LogChannel } from '../../../../src/core/provider';
import type { FeedTimes, JobLife } from '../../../../src/providers/aws/jobs/logs/polledFeed';
import type { LogLine, LogQuery, LogSource } from '../../../../src/providers/aws/jobs/logs/logSource';

/** Numbers from 0 to 1 that a seed decides. */
export function randomOf(seed: number): () => number {
  let state = seed + 0x6d2b79f5;
  return () => {
    state = Math.imul(state ^ (state >>> 15), state | 1);
    state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
    return ((state ^ (state >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Stored extends LogLine {
  readonly logStreamName: string;
  readonly timestamp: number;
  /** When it can be read first, by CloudWatch's clock. */
  readonly visible: number;
  readonly place: number;
}

/** CloudWatch in memory, with a clock of its own that goes on only where somebody waits or asks. */
export class FakeLogs implements LogSource {
  time = 1_000_000;
  asked = 0;
  readonly lines: Stored[] = [];
  /** Chance that a call fails. */
  failing = 0;
  pageSize = 50;
  /** As the real one, or stream by stream as moto. */
  interleaved = true;

  constructor(private readonly random: () => number = () => 0.5) {}

  readonly times: FeedTimes = {
    busy: 1000,
    idle: 5000,
    slack: 3000,
    patience: 60_000,
    lastWord: 45_000,
    now: () => this.time,
    wait: async (milliseconds) => {
      this.time += milliseconds;
      await new Promise((done) => setImmediate(done));
    },
  };

  put(
    logStreamName: string,
    timestamp: number,
    ingestionTime: number,
    visible: number,
    message: string,
  ): void {
    const place = this.lines.length;
    const eventId = String(place).padStart(56, '0');
    this.lines.push({ logStreamName, timestamp, ingestionTime, visible, message, eventId, place });
  }

  async *pages({ job, streams, from }: LogQuery): AsyncGenerator<readonly LogLine[]> {
    const named = (name: string) => (streams ? streams.includes(name) : name.startsWith(`${job}/`));
    const found = this.lines
      .filter(
        ({ logStreamName, timestamp, visible }) =>
          named(logStreamName) && timestamp >= from && visible <= this.time,
      )
      .sort((a, b) => this.order(a, b));
    for (let at = 0; at === 0 || at < found.length; at += this.pageSize) {
      this.asked += 1;
      this.time += 200 + 600 * this.random();
      await Promise.resolve();
      if (this.random() < this.failing) throw new ProviderError('throttled', 'Too much.');
      // Pages are sometimes empty with more behind them.
      if (this.random() < 0.1) yield [];
      yield found.slice(at, at + this.pageSize);
    }
  }

  private order(a: Stored, b: Stored): number {
    if (!this.interleaved && a.logStreamName !== b.logStreamName)
      return a.logStreamName < b.logStreamName ? -1 : 1;
    return a.timestamp - b.timestamp || a.place - b.place;
  }
}

/** A container whose lines come to `logs` late, in batches, by a clock that is wrong. Says what it wrote. */
export class FakeContainer {
  readonly written: Record<LogChannel, Buffer[]> = { log: [], telemetry: [] };
  private readonly sent = { log: 0, telemetry: 0 };
  private batch: string[] = [];
  private lastIngestion = 0;
  private t = 0;
  readonly stream: string;

  constructor(
    private readonly logs: FakeLogs,
    job: string,
    node: number,
    epoch: number,
    private readonly random: () => number,
    /** Milliseconds. */
    private readonly skew: number,
    /** Longest that a batch takes to be there, in milliseconds. */
    private readonly late: number,
  ) {
    this.stream = `${job}/algo-${node + 1}-${epoch}`;
    this.mark();
  }

  /** A batch of forward.sh, at CloudWatch's time `at`. */
  write(at: number, log: readonly (string | Uint8Array)[], telemetry: readonly string[] = []): void {
    for (const piece of log) {
      const bytes = Buffer.from(typeof piece === 'string' ? `${piece}\n` : piece);
      this.written.log.push(bytes);
      this.sent.log += bytes.length;
      this.batch.push(typeof piece === 'string' ? piece : bytesLine('log', bytes));
    }
    for (const record of telemetry) {
      const bytes = Buffer.from(`${record}\n`);
      this.written.telemetry.push(bytes);
      this.sent.telemetry += bytes.length;
      this.batch.push(record);
    }
    this.mark();
    this.flush(at);
  }

  /** What it writes and never says to be all, as one that is killed. */
  writeTorn(at: number, line: string): void {
    this.written.log.push(Buffer.from(`${line}\n`));
    this.batch.push(line);
    this.flush(at);
  }

  end(at: number): void {
    this.mark(',"end":true');
    this.flush(at);
  }

  whole(channel: LogChannel): Buffer {
    return Buffer.concat(this.written[channel]);
  }

  private mark(more = ''): void {
    const { log, telemetry } = this.sent;
    this.batch.push(`##trainyard {"kind":"sent","node":0,"log":${log},"telemetry":${telemetry}${more}}`);
  }

  private flush(at: number): void {
    // The agent of a machine puts its batches in order; when each can be read is another matter.
    const ingestion = Math.max(this.lastIngestion, at + 100 + 900 * this.random());
    this.lastIngestion = ingestion;
    const visible = ingestion + this.late * this.random() ** 3;
    // Its clock never goes back.
    this.t = Math.max(this.t, at + this.skew - 200);
    for (const message of this.batch) {
      // Many in one millisecond.
      if (this.random() < 0.2) this.t += 1;
      this.logs.put(this.stream, Math.floor(this.t), Math.floor(ingestion), visible, message);
    }
    this.batch = [];
  }
}

export function bytesLine(channel: LogChannel, bytes: Uint8Array): string {
  return `##trainyard {"kind":"bytes","channel":"${channel}","node":0,"b64":"${Buffer.from(bytes).toString('base64')}"}`;
}

export function lifeOf(logs: FakeLogs, startedAt: number, endsAt: number): () => Promise<JobLife> {
  return () =>
    Promise.resolve({ startedAt, ran: true, ...(logs.time >= endsAt && { endedAt: Math.floor(endsAt) }) });
}
