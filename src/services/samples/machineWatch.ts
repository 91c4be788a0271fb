import { CancelledError, messageOf, ProviderError } from '../../core/errors';
import { LoadReader } from '../../core/load/loadReader';
import type { MachineLoad } from '../../core/load/machineLoad';
import type { Log } from '../../core/log';
import type { Machine, RemoteProcess } from '../../core/machine';
import type { Disposable } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
import { LineSplitter } from './lineSplitter';
import { LoadHistory } from './loadHistory';
import { firstLine, type SamplerScripts } from './samplerScripts';

export interface WatchOptions {
  readonly scripts: SamplerScripts;
  readonly log: Log;
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /** Seconds between two samples. */
  readonly every: number;
  /** Milliseconds to wait before each new try after a failure; the last counts for all that follow. */
  readonly pauses: readonly number[];
}

/** Follows one machine's sampler for as long as it is attached, however often the connection or the sampler breaks. */
export class MachineWatch implements Disposable {
  readonly history = new LoadHistory();
  /** Why there is nothing new, in one sentence. */
  problem: string | undefined;
  private readonly changed = new Emitter<void>();
  /** There is a new sample, or another problem. */
  readonly onDidChange = this.changed.event;
  private readonly reader = new LoadReader();
  private newest: MachineLoad | undefined;
  private seenAt = -Infinity;
  private readonly closing = new AbortController();

  constructor(
    private readonly machine: Machine,
    private readonly options: WatchOptions,
  ) {
    void this.follow();
  }

  /** The newest sample, unless it is so old that it says nothing of now. */
  get load(): MachineLoad | undefined {
    return this.options.now() - this.seenAt < this.silence * 2 ? this.newest : undefined;
  }

  dispose(): void {
    this.closing.abort();
    this.changed.dispose();
  }

  private isClosed(): boolean {
    return this.closing.signal.aborted;
  }

  /** Milliseconds without a line after which the sampler is started again. */
  private get silence(): number {
    return this.options.every * 5000;
  }

  private async follow(): Promise<void> {
    const { signal } = this.closing;
    for (let failures = 0; ;) {
      await this.attached();
      if (this.isClosed()) return;
      const before = this.newest;
      try {
        await this.stream(signal);
      } catch (error) {
        if (this.isClosed() || error instanceof CancelledError) return;
        if (!(error instanceof ProviderError))
          this.options.log.error(error instanceof Error ? error : messageOf(error));
        // A connection that is being made again is told of by the machine itself.
        if (this.machine.status.state === 'attached') this.tell(messageOf(error));
      }
      failures = this.newest === before ? failures + 1 : 0;
      const { pauses } = this.options;
      await this.pause(pauses[Math.min(failures, pauses.length - 1)] ?? 0);
    }
  }

  /** Reads the stream to its end. */
  private async stream(signal: AbortSignal): Promise<void> {
    const { scripts, every } = this.options;
    await scripts.install(this.machine, signal);
    const sampler = await this.machine.start(
      await scripts.argv('watch', String(every)),
      { quiet: true },
      signal,
    );
    const heard = { at: this.options.now(), silent: false };
    const timer = setInterval(() => {
      if (this.options.now() - heard.at < this.silence) return;
      heard.silent = true;
      sampler.close();
    }, this.silence / 10);
    try {
      const lines = new LineSplitter();
      for await (const bytes of sampler.output) {
        heard.at = this.options.now();
        this.take(lines.take(bytes));
      }
      // What it said last is gone once it is closed.
      await sampler.ended;
    } catch (error) {
      // What `close` makes of the output is no failure of its own.
      if (!heard.silent) throw error;
    } finally {
      clearInterval(timer);
      sampler.close();
    }
    const { label } = this.machine;
    if (heard.silent)
      throw new ProviderError('network', `The sampler on ${label} fell silent, and is started again.`);
    if (!this.isClosed()) throw new ProviderError('unavailable', await this.reason(sampler));
  }

  private async reason(sampler: RemoteProcess): Promise<string> {
    const { code, signal, stderr } = await sampler.ended;
    const how = firstLine(stderr) || (signal ?? `exit code ${code ?? 'unknown'}`);
    return `The sampler on ${this.machine.label} ended: ${how}`;
  }

  /** The stream begins with what is known already when it is joined again. */
  private take(lines: readonly string[]): void {
    let news = false;
    for (const line of lines) {
      if (!this.reader.take(line)) continue;
      const { load } = this.reader;
      if (!load || !this.isNew(load)) continue;
      this.newest = load;
      this.history.add(load);
      news = true;
    }
    if (!news) return;
    this.seenAt = this.options.now();
    this.problem = undefined;
    this.changed.fire();
  }

  private isNew({ t }: MachineLoad): boolean {
    if (!this.newest || t > this.newest.t) return true;
    // Its clock was set back: what comes now is from now, whatever it says.
    return this.options.now() - this.seenAt > this.silence * 3;
  }

  private tell(problem: string): void {
    this.problem = problem;
    this.changed.fire();
  }

  /** Resolves once the machine is attached, or the watch ends. */
  private attached(): Promise<void> {
    return this.once((done) => {
      if (this.machine.status.state === 'attached') done();
      return [
        this.machine.onDidChangeStatus(({ state }) => {
          if (state === 'attached') done();
        }),
      ];
    });
  }

  /** Resolves after `milliseconds`, at once when the connection is there again, or when the watch ends. */
  private pause(milliseconds: number): Promise<void> {
    return this.once((done) => {
      const timer = setTimeout(done, milliseconds);
      return [
        this.machine.onDidReconnect(done),
        {
          dispose: () => {
            clearTimeout(timer);
          },
        },
      ];
    });
  }

  private async once(begin: (done: () => void) => readonly Disposable[]): Promise<void> {
    const { signal } = this.closing;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const done = () => {
      resolve(undefined);
    };
    const held = begin(done);
    if (signal.aborted) done();
    signal.addEventListener('abort', done, { once: true });
    await promise;
    signal.removeEventListener('abort', done);
    for (const one of held) one.dispose();
  }
}
