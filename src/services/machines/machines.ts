import { asError, CancelledError, ProviderError } from '../../core/errors';
import type { Instance, Instances } from '../../core/instance';
import type { Machine } from '../../core/machine';
import type { Connection } from '../../core/provider';
import { Disposables, type Disposable } from '../../lib/disposables';
import { Emitter, type Event } from '../../lib/event';
import type { Connections } from '../connections';

/** An instance and the way to it. */
export interface MachineEntry {
  readonly instance: Instance;
  readonly machine: Machine;
}

/** A connection that can't say which machines it has, or a provider that can't be asked at all. */
export interface MachineTrouble {
  readonly id: string;
  readonly label: string;
  readonly error: Error;
}

export interface KnownMachines {
  readonly entries: readonly MachineEntry[];
  readonly troubles: readonly MachineTrouble[];
}

/** The machines of all connections. One that fails never hides the others. */
export class Machines implements Disposable {
  private readonly held = new Disposables();
  private readonly changed = new Emitter<void>();
  private readonly statusChanged = new Emitter<Machine>();
  /** What is listened to, so that each is listened to once. */
  private readonly heard = new Map<Instances | Machine, Disposable>();
  /** By connection: what it last gave. */
  private results = new Map<string, ConnectionMachines>();
  /** By machine. */
  private platforms = new Map<string, Instances>();
  private latest: KnownMachines = { entries: [], troubles: [] };
  private reading: Promise<KnownMachines> | undefined;
  /** Something changed while it was being read: it is read once more. */
  private outdated = false;
  private read = false;
  private watchers = 0;
  /** While somebody looks. */
  private readonly watched = new Map<Instances, Disposable>();

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

  /** Done once `known` has something to show: all machines, or those that could be listed at once. */
  async look(): Promise<void> {
    if (this.read) return;
    await Promise.race([this.refresh(), once(this.onDidChange)]);
  }

  /** Somebody looks: until it is disposed of, the platforms are asked every now and then. */
  watch(): Disposable {
    this.watchers += 1;
    if (this.watchers === 1) this.watchAll();
    let held = true;
    return {
      dispose: () => {
        if (!held) return;
        held = false;
        this.watchers -= 1;
        if (this.watchers === 0) this.watchAll();
      },
    };
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
    for (const facet of this.heard.keys()) {
      if (!isFacet(facet)) continue;
      const instances = await facet.list(signal);
      if (instances.some((instance) => instance.id === id)) await facet.remove(id, signal);
    }
    await this.refresh();
  }

  dispose(): void {
    this.held.dispose();
    this.watchers = 0;
    this.watchAll();
    for (const listener of this.heard.values()) listener.dispose();
    this.heard.clear();
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
    const before = this.results;
    this.results = new Map();
    const reading = Promise.all(
      connections.map(async (connection) => {
        this.results.set(connection.id, await machinesOf(connection));
      }),
    );
    // A platform that is slow to answer keeps no other waiting: what it last gave stands meanwhile.
    const soon = await Promise.race([reading.then(() => 'all' as const), after(slow)]);
    if (soon !== 'all') {
      this.latest = this.merged(connections, broken, before);
      this.read = true;
      this.changed.fire();
      await reading;
    }
    return this.merged(connections, broken, before);
  }

  /** In the order of the connections. */
  private merged(
    connections: readonly Connection[],
    broken: readonly MachineTrouble[],
    before: ReadonlyMap<string, ConnectionMachines>,
  ): KnownMachines {
    const given = connections.flatMap(({ id }) => this.results.get(id) ?? before.get(id) ?? []);
    const entries = given.flatMap((one) => one.entries);
    this.platforms = new Map(
      given.flatMap(({ instances, entries: own }) =>
        instances ? own.map(({ instance }) => [instance.id, instances]) : [],
      ),
    );
    this.hear(
      connections.flatMap(({ instances }) => instances ?? []),
      entries.map(({ machine }) => machine),
    );
    return { entries, troubles: [...broken, ...given.flatMap((one) => one.troubles)] };
  }

  private watchAll(): void {
    const wanted = new Set<Instances>(this.watchers > 0 ? [...this.heard.keys()].filter(isFacet) : []);
    for (const [facet, watching] of this.watched) {
      if (wanted.has(facet)) continue;
      watching.dispose();
      this.watched.delete(facet);
    }
    for (const facet of wanted) {
      if (this.watched.has(facet)) continue;
      const watching = facet.watch?.();
      if (watching) this.watched.set(facet, watching);
    }
  }

  private hear(facets: readonly Instances[], machines: readonly Machine[]): void {
    const wanted = new Set<Instances | Machine>([...facets, ...machines]);
    for (const [source, listener] of this.heard) {
      if (wanted.has(source)) continue;
      listener.dispose();
      this.heard.delete(source);
    }
    for (const source of wanted) {
      if (this.heard.has(source)) continue;
      const listener = isFacet(source)
        ? source.onDidChange(() => {
            void this.refresh();
          })
        : source.onDidChangeStatus(() => {
            this.statusChanged.fire(source);
          });
      this.heard.set(source, listener);
    }
    this.watchAll();
  }
}

/** What a connection gave. */
interface ConnectionMachines {
  readonly instances: Instances | undefined;
  readonly entries: readonly MachineEntry[];
  readonly troubles: readonly MachineTrouble[];
}

/** Milliseconds for which all connections are waited for before those that answered are shown. */
const slow = 500;

function isFacet(source: Instances | Machine): source is Instances {
  return 'list' in source;
}

async function machinesOf({ id, label, instances }: Connection): Promise<ConnectionMachines> {
  const trouble = (error: Error, index = 0): MachineTrouble => ({
    id: index === 0 ? id : `${id}#${index}`,
    label,
    error,
  });
  if (!instances) return { instances, entries: [], troubles: [] };
  try {
    const all = await instances.list(new AbortController().signal);
    const entries = all.map((instance) => ({ instance, machine: instances.machine(instance.id) }));
    return { instances, entries, troubles: (instances.troubles ?? []).map(trouble) };
  } catch (error) {
    return { instances, entries: [], troubles: [trouble(asError(error))] };
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

function after(milliseconds: number): Promise<'late'> {
  return new Promise((resolve) => {
    setTimeout(() => {
      resolve('late');
    }, milliseconds).unref();
  });
}
