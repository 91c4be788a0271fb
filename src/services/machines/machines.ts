import { CancelledError, ProviderError } from '../../core/errors';
import type { Instances } from '../../core/instance';
import type { Machine } from '../../core/machine';
import type { Connection } from '../../core/provider';
import { Disposables, type Disposable } from '../../lib/disposables';
import { Emitter, type Event } from '../../lib/event';
import type { Connections } from '../connections';
import {
  MachinesByConnection,
  type ConnectionMachines,
  type MachineEntry,
  type MachineTrouble,
} from './connectionMachines';
import { MachineSources } from './machineSources';

export type { MachineEntry, MachineTrouble } from './connectionMachines';

export interface KnownMachines {
  readonly entries: readonly MachineEntry[];
  readonly troubles: readonly MachineTrouble[];
}

/** The machines of all connections. One that fails never hides the others. */
export class Machines implements Disposable {
  private readonly held = new Disposables();
  private readonly changed = new Emitter<void>();
  private readonly statusChanged = new Emitter<Machine>();
  private readonly sources = this.held.add(
    new MachineSources(
      () => void this.refresh(),
      (machine) => {
        this.statusChanged.fire(machine);
      },
    ),
  );
  private readonly given = new MachinesByConnection();
  /** By machine. */
  private platforms = new Map<string, Instances>();
  private latest: KnownMachines = { entries: [], troubles: [] };
  private reading: Promise<KnownMachines> | undefined;
  /** Something changed while it was being read: it is read once more. */
  private outdated = false;
  private read = false;
  private waiting = false;

  /** Which machines there are, or how their platforms describe them, has changed. */
  readonly onDidChange = this.changed.event;
  /** A listed machine was attached, lost or the like. */
  readonly onDidChangeStatus = this.statusChanged.event;

  constructor(private readonly connections: Connections) {
    this.held.add(
      connections.onDidChange(() => {
        void this.refresh();
      }),
    );
  }

  /** What is known now, at once. The first look begins to read, and `onDidChange` tells when there is more. */
  get known(): KnownMachines {
    if (!this.read) void this.refresh();
    return this.latest;
  }

  /** Whether the machines have been read at least once: before, that there are none means nothing. */
  get isRead(): boolean {
    return this.read;
  }

  /** Whether some connection has never answered yet: there may be more than is known. */
  get isWaiting(): boolean {
    return this.waiting;
  }

  /** Done once `known` has something to show: all machines, or those that could be listed at once. */
  async look(): Promise<void> {
    if (this.read) return;
    await Promise.race([this.refresh(), once(this.onDidChange)]);
  }

  /** Somebody looks: until it is disposed of, the platforms are asked every now and then. */
  watch(): Disposable {
    return this.sources.watch();
  }

  /** What a machine is listed by. Throws `ProviderError` of kind `notFound`. */
  async platform(id: string): Promise<Instances> {
    await this.entry(id);
    const platform = this.platforms.get(id);
    if (!platform) throw new ProviderError('notFound', `There is no such machine: ${id}`);
    return platform;
  }

  /** Reads them again, and is done when `known` is new. Never rejects: what goes wrong is among the troubles. */
  async refresh(): Promise<KnownMachines> {
    if (this.reading) {
      this.outdated = true;
      return this.reading;
    }
    this.reading = this.readAll();
    try {
      return await this.reading;
    } finally {
      this.reading = undefined;
    }
  }

  /** The same for a person who asks for it: what the platforms told a moment ago is not good enough. */
  askAnew(): Promise<KnownMachines> {
    for (const platform of this.sources.platforms) platform.expire?.();
    return this.refresh();
  }

  async list(signal: AbortSignal): Promise<readonly MachineEntry[]> {
    const { entries } = this.read ? this.latest : await this.refresh();
    if (signal.aborted) throw new CancelledError();
    return entries;
  }

  /** Throws `ProviderError` of kind `notFound`. */
  async get(id: string): Promise<Machine> {
    return (await this.entry(id)).machine;
  }

  /** Throws `ProviderError` of kind `notFound`. */
  async entry(id: string): Promise<MachineEntry> {
    const find = ({ entries }: KnownMachines) => entries.find(({ instance }) => instance.id === id);
    const found = find(this.latest) ?? find(await this.refresh());
    if (!found) throw new ProviderError('notFound', `There is no such machine: ${id}`);
    return found;
  }

  /** Takes a removable one out of its platform's list. */
  async remove(id: string, signal: AbortSignal): Promise<void> {
    for (const platform of this.sources.platforms) {
      const instances = await platform.list(signal);
      if (instances.some((instance) => instance.id === id)) await platform.remove(id, signal);
    }
    await this.refresh();
  }

  dispose(): void {
    this.held.dispose();
    this.changed.dispose();
    this.statusChanged.dispose();
  }

  private async readAll(): Promise<KnownMachines> {
    do {
      this.outdated = false;
      this.latest = await this.readOnce();
    } while (this.isOutdated());
    this.read = true;
    this.changed.fire();
    return this.latest;
  }

  /** Asked anew, as it changes during each read. */
  private isOutdated(): boolean {
    return this.outdated;
  }

  private async readOnce(): Promise<KnownMachines> {
    const all = await this.connections.all();
    const broken: MachineTrouble[] = all.flatMap((entry) =>
      entry.kind === 'broken' ? [{ id: entry.id, label: entry.label, error: entry.error }] : [],
    );
    const connections = all.flatMap((entry) => (entry.kind === 'connection' ? [entry.connection] : []));
    const merged = (given: readonly ConnectionMachines[]) => this.merged(given, connections, broken);
    return merged(
      await this.given.read(connections, (some) => {
        this.latest = merged(some);
        this.read = true;
        this.changed.fire();
      }),
    );
  }

  private merged(
    given: readonly ConnectionMachines[],
    connections: readonly Connection[],
    broken: readonly MachineTrouble[],
  ): KnownMachines {
    this.waiting = given.length < connections.length;
    const entries = given.flatMap((one) => one.entries);
    this.platforms = new Map(
      given.flatMap(({ instances, entries: own }) =>
        instances ? own.map(({ instance }) => [instance.id, instances]) : [],
      ),
    );
    this.sources.hear(
      connections,
      entries.map(({ machine }) => machine),
    );
    return { entries, troubles: [...broken, ...given.flatMap((one) => one.troubles)] };
  }
}

function once(event: Event<void>): Promise<void> {
  return new Promise((resolve) => {
    const heard = event(() => {
      heard.dispose();
      resolve();
    });
  });
}
