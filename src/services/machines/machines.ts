import { asError, CancelledError, ProviderError } from '../../core/errors';
import type { Instance, Instances } from '../../core/instance';
import type { Machine } from '../../core/machine';
import type { Connection } from '../../core/provider';
import { Disposables, type Disposable } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
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
  private latest: KnownMachines = { entries: [], troubles: [] };
  private reading: Promise<KnownMachines> | undefined;
  /** Something changed while it was being read: it is read once more. */
  private outdated = false;
  private read = false;

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
    const troubles: MachineTrouble[] = all.flatMap((entry) =>
      entry.kind === 'broken' ? [{ id: entry.id, label: entry.label, error: entry.error }] : [],
    );
    const entries: MachineEntry[] = [];
    const connections = all.flatMap((entry) => (entry.kind === 'connection' ? [entry.connection] : []));
    // One after the other would wait for each; the order stays that of the connections.
    for (const result of await Promise.all(connections.map(entriesOf))) {
      if (Array.isArray(result)) entries.push(...result);
      else troubles.push(result);
    }
    this.hear(
      connections.flatMap(({ instances }) => instances ?? []),
      entries.map(({ machine }) => machine),
    );
    return { entries, troubles };
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
  }
}

function isFacet(source: Instances | Machine): source is Instances {
  return 'list' in source;
}

async function entriesOf({ id, label, instances }: Connection): Promise<MachineEntry[] | MachineTrouble> {
  if (!instances) return [];
  try {
    const all = await instances.list(new AbortController().signal);
    return all.map((instance) => ({ instance, machine: instances.machine(instance.id) }));
  } catch (error) {
    return { id, label, error: asError(error) };
  }
}
