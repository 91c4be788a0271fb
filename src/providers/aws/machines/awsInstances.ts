import type { SpendApproval } from '../../../core/costGuard';
import { asError, CancelledError, messageOf, ProviderError } from '../../../core/errors';
import type {
  Instance,
  InstanceLaunch,
  InstanceLaunching,
  InstancePower,
  Instances,
  InstanceStart,
} from '../../../core/instance';
import type { Log } from '../../../core/log';
import type { Machine } from '../../../core/machine';
import type { Disposable } from '../../../lib/disposables';
import { Emitter } from '../../../lib/event';
import type { Pause } from '../account/rates';
import { remember, type Remembered } from './instanceMemory';
import type { MachineSource } from './machineSource';
import type { Launches } from './launches';
import { startOffer } from './startOffer';

export interface AwsInstancesParts {
  /** Id and region of the connection. */
  readonly connection: string;
  readonly region: string;
  readonly sources: readonly MachineSource[];
  readonly launches: Launches;
  readonly log: Log;
  readonly now: () => number;
  readonly pause: Pause;
}

/** Milliseconds: an answer that young is given again. */
const fresh = 10_000;
/** Between two looks while somebody watches: usually, and while one starts or stops. */
const usually = 60_000;
const soon = 5_000;
/** How long AWS may take to start or stop one. */
const patience = 20 * 60_000;

/** The machines of an account in a region, of all kinds. One kind that can't be asked never hides the others. */
export class AwsInstances implements Instances, Disposable {
  private readonly changed = new Emitter<void>();
  private readonly end = new AbortController();
  private readonly known = new Map<MachineSource, Remembered>();
  private problems = new Map<MachineSource, Error>();
  private asked: { readonly at: number; readonly done: Promise<void> } | undefined;
  private watchers = 0;
  private watching: AbortController | undefined;

  readonly onDidChange = this.changed.event;
  readonly power: InstancePower = {
    offer: (id, signal) => this.offer(id, signal),
    start: (approval, onProgress, signal) => this.start(approval, onProgress, signal),
    stop: (id, onProgress, signal) => this.stop(id, onProgress, signal),
    poweredOff: async (id, signal) => this.source(id).poweredOff?.(id, signal),
  };

  readonly launching: InstanceLaunching = {
    templates: (signal) => this.parts.launches.templates(signal),
    offer: (launch, signal) => this.parts.launches.offer(launch, signal),
    launch: (approval, onProgress, signal) => this.launch(approval, onProgress, signal),
  };

  constructor(private readonly parts: AwsInstancesParts) {}

  get troubles(): readonly Error[] {
    return [...this.problems.values()];
  }

  async list(signal: AbortSignal): Promise<readonly Instance[]> {
    const { now } = this.parts;
    const age = now() - (this.asked?.at ?? -Infinity);
    if (!this.asked || age < 0 || age >= fresh) this.asked = { at: now(), done: this.askAll() };
    await this.asked.done;
    if (signal.aborted) throw new CancelledError();
    const all = this.all();
    const [problem] = this.problems.values();
    if (problem && this.known.size === 0) throw problem;
    return all;
  }

  machine(id: string): Machine {
    const source = this.source(id);
    const instance = this.find(id) ?? { id, label: id.slice(id.lastIndexOf('/') + 1) };
    return source.machine(instance);
  }

  remove(id: string): Promise<void> {
    return Promise.reject(
      new ProviderError('conflict', `AWS lists it, so it can’t be taken out of the list here: ${id}`),
    );
  }

  page(id: string, signal: AbortSignal): Promise<string> {
    const source = this.source(id);
    if (!source.page) throw new ProviderError('invalid', `It has no page of its own: ${id}`);
    return source.page(id, signal);
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

  private async offer(id: string, signal: AbortSignal) {
    const { connection, region } = this.parts;
    return startOffer(await this.source(id).get(id, signal), { connection, region });
  }

  private async start(
    { spec }: SpendApproval<InstanceStart>,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const id = spec.instance;
    const source = this.source(id);
    const before = this.learn(source, await source.get(id, signal));
    if (before.state !== 'running' && before.state !== 'starting') await source.start(id, signal);
    const after = await this.until(source, id, 'running', onProgress, signal);
    if (after.state !== 'running')
      throw new ProviderError(
        'unavailable',
        `${after.label} was asked to start, and did not. ${whyOf(after)}`,
      );
  }

  private async launch(
    { spec }: SpendApproval<InstanceLaunch>,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<string> {
    onProgress('asking AWS');
    const id = `${this.parts.connection}/${await this.parts.launches.launch(spec, signal)}`;
    const after = await this.until(this.source(id), id, 'running', onProgress, signal);
    if (after.state !== 'running')
      throw new ProviderError('unavailable', `${spec.name} was launched, and does not run. ${whyOf(after)}`);
    return id;
  }

  private async stop(id: string, onProgress: (message: string) => void, signal: AbortSignal): Promise<void> {
    const source = this.source(id);
    const before = this.learn(source, await source.get(id, signal));
    if (before.state === 'stopped') return;
    if (before.state !== 'stopping') await source.stop(id, signal);
    const after = await this.until(source, id, 'stopped', onProgress, signal);
    if (after.state !== 'stopped')
      throw new ProviderError(
        'unavailable',
        `${after.label} was asked to stop, and still runs: it goes on costing. ${whyOf(after)}`,
      );
  }

  /** Looks until it has come to rest, which may be elsewhere than at `wanted`. */
  private async until(
    source: MachineSource,
    id: string,
    wanted: 'running' | 'stopped',
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<Instance> {
    const { now, pause } = this.parts;
    const end = now() + patience;
    let said = '';
    let moved = false;
    for (let looks = 0; ; looks++) {
      const instance = await this.seen(source, id, looks, signal);
      const state = instance?.state ?? 'starting';
      if (state !== said) onProgress((said = state));
      if (instance && state === wanted) return instance;
      if (state === 'starting' || state === 'stopping') moved = true;
      // What AWS said at first may be from before the request.
      else if (instance && (moved || looks >= 10)) return instance;
      if (instance && now() >= end) return instance;
      await pause(looks === 0 ? 500 : 3000, signal);
    }
  }

  /** AWS may not yet know at every place what it has just made: `undefined` for a little while. */
  private async seen(
    source: MachineSource,
    id: string,
    looks: number,
    signal: AbortSignal,
  ): Promise<Instance | undefined> {
    try {
      return this.learn(source, await source.get(id, signal));
    } catch (error) {
      if (error instanceof ProviderError && error.kind === 'notFound' && looks < 5 && !this.find(id))
        return undefined;
      throw error;
    }
  }

  private learn(source: MachineSource, instance: Instance): Instance {
    const before = this.known.get(source) ?? { rows: [], missed: new Map() };
    const rows = before.rows.some(({ id }) => id === instance.id)
      ? before.rows.map((row) => (row.id === instance.id ? instance : row))
      : [...before.rows, instance];
    this.keep(source, { ...before, rows });
    return instance;
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

  private all(): readonly Instance[] {
    return this.parts.sources.flatMap((source) => this.known.get(source)?.rows ?? []);
  }

  /** As it was last known. */
  find(id: string): Instance | undefined {
    return this.all().find((instance) => instance.id === id);
  }

  private source(id: string): MachineSource {
    const source = id.startsWith(`${this.parts.connection}/`)
      ? this.parts.sources.find((one) => one.owns(id))
      : undefined;
    if (!source) throw new ProviderError('notFound', `There is no such machine: ${id}`);
    return source;
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof ProviderError && error.kind === 'forbidden';
}

function whyOf({ facts, state }: Instance): string {
  const why = facts.find(([name]) => name === 'Why')?.[1];
  return `AWS says: ${why ?? state}`;
}
