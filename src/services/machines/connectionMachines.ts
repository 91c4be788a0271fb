import { asError } from '../../core/errors';
import type { Instance, Instances } from '../../core/instance';
import type { Machine } from '../../core/machine';
import type { Connection } from '../../core/provider';

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

/** What a connection gave. */
export interface ConnectionMachines {
  readonly instances: Instances | undefined;
  readonly entries: readonly MachineEntry[];
  readonly troubles: readonly MachineTrouble[];
}

/** Milliseconds for which all connections are waited for before those that answered are shown. */
const slow = 500;

/** The machines of each connection, as it last gave them. One that is slow to answer keeps no other waiting. */
export class MachinesByConnection {
  private answers = new Map<string, ConnectionMachines>();

  /**
   * Done when all have answered; in the order of the connections. Where some are slow, `onSome` is told before that what is known by
   * then: of those what they last gave.
   */
  async read(
    connections: readonly Connection[],
    onSome: (given: readonly ConnectionMachines[]) => void,
  ): Promise<readonly ConnectionMachines[]> {
    const before = this.answers;
    const now = new Map<string, ConnectionMachines>();
    this.answers = now;
    const given = () => connections.flatMap(({ id }) => now.get(id) ?? before.get(id) ?? []);
    const reading = Promise.all(
      connections.map(async (connection) => {
        now.set(connection.id, await machinesOf(connection));
      }),
    );
    const soon = await Promise.race([reading.then(() => 'all' as const), after(slow)]);
    if (soon !== 'all') {
      onSome(given());
      await reading;
    }
    return given();
  }
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

function after(milliseconds: number): Promise<'late'> {
  return new Promise((resolve) => {
    setTimeout(() => {
      resolve('late');
    }, milliseconds).unref();
  });
}
