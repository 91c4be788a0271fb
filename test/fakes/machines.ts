import { ProviderError } from '../../src/core/errors';
import type { Instance, Instances } from '../../src/core/instance';
import type { Machine, MachineStatus } from '../../src/core/machine';
import type { Connection, Provider } from '../../src/core/provider';
import { Emitter } from '../../src/lib/event';

/** A machine without any connection: a test says how it is. What a test does not replace can't be called. */
export class FakeMachine {
  status: MachineStatus = { state: 'detached', since: 0 };
  readonly attachments: { readonly quiet: boolean }[] = [];
  /** What the next `attach` throws. */
  failure: Error | undefined;
  private readonly changed = new Emitter<MachineStatus>();
  readonly onDidChangeStatus = this.changed.event;
  readonly onDidReconnect = new Emitter<void>().event;

  constructor(
    readonly id: string,
    readonly label = id.split('/')[1] ?? id,
  ) {}

  attach(options: { readonly quiet?: boolean } = {}): Promise<void> {
    this.attachments.push({ quiet: options.quiet === true });
    if (this.failure) {
      this.become('detached', this.failure.message);
      return Promise.reject(this.failure);
    }
    this.become('attached');
    return Promise.resolve();
  }

  detach(): void {
    this.become('detached');
  }

  become(state: MachineStatus['state'], problem?: string): void {
    this.status = { state, since: 1, ...(problem !== undefined && { problem }) };
    this.changed.fire(this.status);
  }

  asMachine(): Machine {
    return this as unknown as Machine;
  }
}

/** Hosts as a provider lists them, a connection each; a test adds and removes them. */
export class FakeHosts implements Provider {
  readonly id = 'ssh';
  readonly label = 'SSH';
  readonly machines = new Map<string, Machine>();
  readonly removed: string[] = [];
  /** Listing a host waits for this, by its id. */
  readonly delays = new Map<string, Promise<void>>();
  readonly watchers = new Set<string>();
  /** Ids of the hosts whose list was said to be too old. */
  readonly expired: string[] = [];
  /** What listing a host throws, by its id. */
  readonly failures = new Map<string, Error>();
  /** Tells that who was refused is let in again. */
  readonly restored = new Emitter<void>();
  private readonly known = new Map<string, Connection>();
  private readonly changed = new Emitter<void>();
  private readonly instanceChanged = new Emitter<void>();
  readonly onDidChangeConnections = this.changed.event;

  constructor(machines: readonly Machine[] = []) {
    for (const machine of machines) this.machines.set(machine.id, machine);
  }

  set(machines: readonly Machine[]): void {
    this.machines.clear();
    for (const machine of machines) this.machines.set(machine.id, machine);
    this.changed.fire();
  }

  tellInstanceChanged(): void {
    this.instanceChanged.fire();
  }

  connections(): Promise<readonly Connection[]> {
    return Promise.resolve([...this.machines.values()].map((machine) => this.connection(machine)));
  }

  private connection(machine: Machine): Connection {
    const { id, label } = machine;
    const known = this.known.get(id);
    if (known) return known;
    const instances: Instances = {
      list: async () => {
        await this.delays.get(id);
        const failure = this.failures.get(id);
        if (failure) throw failure;
        return [anInstance({ id, label })];
      },
      onDidChange: this.instanceChanged.event,
      expire: () => this.expired.push(id),
      watch: () => {
        this.watchers.add(id);
        return { dispose: () => this.watchers.delete(id) };
      },
      machine: () => machine,
      remove: () => {
        this.removed.push(id);
        this.machines.delete(id);
        this.changed.fire();
        return Promise.resolve();
      },
    };
    const nothing = () => Promise.reject(new Error('Nobody asks that here.'));
    const access = { onDidRestore: this.restored.event, check: nothing, policy: nothing };
    const connection = { id, label, instances, access };
    this.known.set(id, connection);
    return connection;
  }
}

export function anInstance(changed: Partial<Instance> = {}): Instance {
  return {
    id: 'ssh/gpu-1',
    label: 'gpu-1',
    state: 'unknown',
    hourlyUsd: null,
    facts: [],
    removable: false,
    ...changed,
  };
}

export const needsPassphrase = new ProviderError(
  'auth',
  'The key of gpu-1 needs a passphrase. Attach to it.',
);
