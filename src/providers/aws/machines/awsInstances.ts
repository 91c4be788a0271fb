import type { SpendApproval } from '../../../core/costGuard';
import { ProviderError } from '../../../core/errors';
import type { IdleShutdown } from '../../../core/idleShutdown';
import type {
  Instance,
  InstanceLaunch,
  InstanceLaunching,
  InstancePower,
  Instances,
  InstanceStart,
} from '../../../core/instance';
import type { Machine } from '../../../core/machine';
import type { Disposable } from '../../../lib/disposables';
import type { Event } from '../../../lib/event';
import { tellingWaits } from '../account/waits';
import type { Launches } from '../launch/launches';
import { MachineList, type MachineListParts } from './machineList';
import type { MachineSource } from './machineSource';
import { startOffer } from './startOffer';

export interface AwsInstancesParts extends MachineListParts {
  readonly region: string;
  readonly launches: Launches;
}

/** How long AWS may take to start or stop one. */
const patience = 20 * 60_000;

/** The machines of an account in a region, of all kinds. One kind that can't be asked never hides the others. */
export class AwsInstances implements Instances, Disposable {
  private readonly known: MachineList;
  readonly onDidChange: Event<void>;
  readonly power: InstancePower = {
    offer: (id, signal) => this.offer(id, signal),
    start: (approval, onProgress, signal) =>
      tellingWaits(onProgress, (told) => this.start(approval, told, signal)),
    stop: (id, onProgress, signal) => tellingWaits(onProgress, (told) => this.stop(id, told, signal)),
    poweredOff: async (id, signal) => this.known.source(id).poweredOff?.(id, signal),
  };

  readonly idleShutdown: IdleShutdown = {
    look: async (id, signal) => this.idleOf(id).look(id, signal),
    set: async (id, minutes, onProgress, signal) => {
      await this.idleOf(id).set(id, minutes, onProgress, signal);
      const source = this.known.source(id);
      this.known.learn(source, await source.get(id, signal));
    },
  };

  readonly launching: InstanceLaunching = {
    templates: (signal) => this.parts.launches.templates(signal),
    questions: (chosen, signal) => this.parts.launches.questions(chosen, signal),
    offer: (launch, signal) => this.parts.launches.offer(launch, signal),
    launch: (approval, onProgress, signal) =>
      tellingWaits(onProgress, (told) => this.launch(approval, told, signal)),
  };

  constructor(private readonly parts: AwsInstancesParts) {
    this.known = new MachineList(parts);
    this.onDidChange = this.known.onDidChange;
  }

  get troubles(): readonly Error[] {
    return this.known.troubles;
  }

  list(signal: AbortSignal): Promise<readonly Instance[]> {
    return this.known.list(signal);
  }

  expire(): void {
    this.known.expire();
  }

  /** As it was last known. */
  find(id: string): Instance | undefined {
    return this.known.find(id);
  }

  machine(id: string): Machine {
    const source = this.known.source(id);
    const instance = this.find(id) ?? { id, label: id.slice(id.lastIndexOf('/') + 1) };
    return source.machine(instance);
  }

  remove(id: string): Promise<void> {
    return Promise.reject(
      new ProviderError('conflict', `AWS lists it, so it can’t be taken out of the list here: ${id}`),
    );
  }

  page(id: string, signal: AbortSignal): Promise<string> {
    const source = this.known.source(id);
    if (!source.page) throw new ProviderError('invalid', `It has no page of its own: ${id}`);
    return source.page(id, signal);
  }

  watch(): Disposable {
    return this.known.watch();
  }

  dispose(): void {
    this.known.dispose();
  }

  private idleOf(id: string): IdleShutdown {
    const { idleShutdown } = this.known.source(id);
    if (!idleShutdown)
      throw new ProviderError(
        'invalid',
        `AWS stops none of these when nobody uses it. Its watchdog does, once it is armed: ${id}`,
      );
    return idleShutdown;
  }

  private async offer(id: string, signal: AbortSignal) {
    const { connection, region } = this.parts;
    return startOffer(await this.known.source(id).get(id, signal), { connection, region });
  }

  private async start(
    { spec }: SpendApproval<InstanceStart>,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const id = spec.instance;
    const source = this.known.source(id);
    const before = this.known.learn(source, await source.get(id, signal));
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
    const after = await this.until(this.known.source(id), id, 'running', onProgress, signal);
    if (after.state !== 'running')
      throw new ProviderError('unavailable', `${spec.name} was launched, and does not run. ${whyOf(after)}`);
    return id;
  }

  private async stop(id: string, onProgress: (message: string) => void, signal: AbortSignal): Promise<void> {
    const source = this.known.source(id);
    const before = this.known.learn(source, await source.get(id, signal));
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
      return this.known.learn(source, await source.get(id, signal));
    } catch (error) {
      if (error instanceof ProviderError && error.kind === 'notFound' && looks < 5 && !this.find(id))
        return undefined;
      throw error;
    }
  }
}

function whyOf({ facts, state }: Instance): string {
  const why = facts.find(([name]) => name === 'Why')?.[1];
  return `AWS says: ${why ?? state}`;
}
