import { CancelledError, ProviderError } from '../../core/errors';
import type { Instance, Instances } from '../../core/instance';
import type { Machine } from '../../core/machine';
import { Disposables, type Disposable } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
import type { Connections } from '../connections';

/** An instance and the way to it. */
export interface MachineEntry {
  readonly instance: Instance;
  readonly machine: Machine;
}

/** The machines of all connections. */
export class Machines implements Disposable {
  private readonly held = new Disposables();
  private readonly changed = new Emitter<void>();

  /** Which machines there are, or how their platforms describe them, may have changed. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly connections: Connections) {
    this.held.add(
      connections.onDidChange(() => {
        this.changed.fire();
      }),
    );
  }

  async list(signal: AbortSignal): Promise<readonly MachineEntry[]> {
    const facets = await this.facets();
    const lists = await Promise.all(facets.map((facet) => entriesOf(facet, signal)));
    return lists.flat();
  }

  /** Throws `ProviderError` of kind `notFound`. */
  async get(id: string): Promise<Machine> {
    for (const facet of await this.facets()) {
      const instances = await facet.list(new AbortController().signal);
      if (instances.some((instance) => instance.id === id)) return facet.machine(id);
    }
    throw new ProviderError('notFound', `There is no such machine: ${id}`);
  }

  dispose(): void {
    this.held.dispose();
    this.changed.dispose();
  }

  private async facets(): Promise<readonly Instances[]> {
    const entries = await this.connections.all();
    return entries.flatMap((entry) =>
      entry.kind === 'connection' && entry.connection.instances ? [entry.connection.instances] : [],
    );
  }
}

async function entriesOf(facet: Instances, signal: AbortSignal): Promise<readonly MachineEntry[]> {
  const instances = await facet.list(signal);
  if (signal.aborted) throw new CancelledError();
  return instances.map((instance) => ({ instance, machine: facet.machine(instance.id) }));
}
