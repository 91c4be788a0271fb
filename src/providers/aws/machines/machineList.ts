import { asError, CancelledError, messageOf, ProviderError } from '../../../core/errors';
import type { Instance } from '../../../core/instance';
import type { Log } from '../../../core/log';
import type { Disposable } from '../../../lib/disposables';
import { Emitter } from '../../../lib/event';
import type { Pause } from '../account/rates';
import { remember, type Remembered } from './instanceMemory';
import type { MachineSource } from './machineSource';

export interface MachineListParts {
  /** Id of the connection. */
  readonly connection: string;
  readonly sources: readonly MachineSource[];
  readonly log: Log;
  readonly now: () => number;
  readonly pause: Pause;
}

/** Milliseconds: an answer that young is given again, and one of which a part went wrong. */
const fresh = 10_000;
const freshTrouble = 1_000;
/** Between two looks while somebody watches: usually, and while one starts or stops. */
const usually = 60_000;
const soon = 5_000;

/** What is known of the machines of all kinds. One kind that can't be asked never hides the others. */
export class MachineList implements Disposable {
  private readonly changed = new Emitter<void>();
  private readonly end = new AbortController();
  private readonly known = new Map<MachineSource, Remembered>();
  private problems = new Map<MachineSource, Error>();
  private asked: { readonly at: number; readonly done: Promise<void> } | undefined;
  private expired = false;
  private watchers = 0;
  private watching: AbortController | undefined;

  readonly onDidChange = this.changed.event;

  constructor(private readonly parts: MachineListParts) {}

  /** Where one sign-in, or the way to the network, is missing for several kinds of machines, the first stands for all. */
  get troubles(): readonly Error[] {
    const all = [...this.problems.values()];
    const kinds = all.map((error) => (error instanceof ProviderError ? error.kind : undefined));
    return all.filter((_, at) => {
      const kind = kinds[at];
      return (kind !== 'auth' && kind !== 'network') || kinds.indexOf(kind) === at;
    });
  }

  async list(signal: AbortSignal): Promise<readonly Instance[]> {
    const { now } = this.parts;
    const age = now() - (this.asked?.at ?? -Infinity);
    const enough = this.problems.size > 0 ? freshTrouble : fresh;
    if (!this.asked || this.expired || age < 0 || age >= enough) {
      // What is under way may have been answered before that.
      const before = this.expired ? this.asked?.done : undefined;
      this.expired = false;
      this.asked = { at: now(), done: before ? before.then(() => this.askAll()) : this.askAll() };
    }
    await this.asked.done;
    if (signal.aborted) throw new CancelledError();
    const all = this.all();
    const [problem] = this.problems.values();
    if (problem && this.known.size === 0) throw problem;
    return all;
  }

  expire(): void {
    this.expired = true;
  }

  watch(): Disposable {
    this.watchers += 1;
    if (this.watchers === 1) void this.poll((this.watching = new AbortController()).signal);
    let held = true;
    return {
      dispose: () => {
        if (!held) return;
        held = false;
        this.watchers -= 1;
        if (this.watchers === 0) this.watching?.abort();
      },
    };
  }

  dispose(): void {
    this.watching?.abort();
    this.end.abort();
    this.changed.dispose();
  }

  /** One as AWS has just told it. */
  learn(source: MachineSource, instance: Instance): Instance {
    const before = this.known.get(source) ?? { rows: [], missed: new Map() };
    const rows = before.rows.some(({ id }) => id === instance.id)
      ? before.rows.map((row) => (row.id === instance.id ? instance : row))
      : [...before.rows, instance];
    this.keep(source, { ...before, rows });
    return instance;
  }

  private all(): readonly Instance[] {
    return this.parts.sources.flatMap((source) => this.known.get(source)?.rows ?? []);
  }

  /** As it was last known. */
  find(id: string): Instance | undefined {
    return this.all().find((instance) => instance.id === id);
  }

  /** Throws `ProviderError` of kind `notFound`. */
  source(id: string): MachineSource {
    const source = id.startsWith(`${this.parts.connection}/`)
      ? this.parts.sources.find((one) => one.owns(id))
      : undefined;
    if (!source) throw new ProviderError('notFound', `There is no such machine: ${id}`);
    return source;
  }

  /** Never rejects: what goes wrong is among the problems. */
  private async askAll(): Promise<void> {
    const { sources, now, log } = this.parts;
    const before = JSON.stringify(this.troubles.map(messageOf));
    const failed = await Promise.all(sources.map((source) => this.ask(source, now())));
    this.problems = new Map(failed.filter((one) => one !== undefined));
    for (const [source, error] of this.problems) {
      // Who never had the right to a kind of machine does not miss it.
      if (!isForbidden(error) || this.known.has(source) || this.known.size === 0) continue;
      log.debug(`No ${source.what} are shown: ${messageOf(error)}`);
      this.problems.delete(source);
    }
    if (JSON.stringify(this.troubles.map(messageOf)) !== before) this.changed.fire();
  }

  private async ask(
    source: MachineSource,
    now: number,
  ): Promise<readonly [MachineSource, Error] | undefined> {
    try {
      this.keep(source, remember(this.known.get(source), await source.list(this.end.signal), now));
      return undefined;
    } catch (error) {
      return error instanceof CancelledError ? undefined : [source, asError(error)];
    }
  }

  private keep(source: MachineSource, after: Remembered): void {
    const picture = JSON.stringify(this.known.get(source)?.rows ?? []);
    this.known.set(source, after);
    if (JSON.stringify(after.rows) !== picture) this.changed.fire();
  }

  private async poll(signal: AbortSignal): Promise<void> {
    for (;;) {
      const moving = this.all().some(({ state }) => state === 'starting' || state === 'stopping');
      try {
        await this.parts.pause(moving ? soon : usually, signal);
      } catch (error) {
        if (error instanceof CancelledError) return;
        throw error;
      }
      await this.askAll();
      if (signal.aborted) return;
    }
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof ProviderError && error.kind === 'forbidden';
}
