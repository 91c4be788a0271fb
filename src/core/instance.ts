import type { Event } from '../lib/event';
import type { Machine } from './machine';

export type InstanceState = 'unknown' | 'stopped' | 'starting' | 'running' | 'stopping';

/** A machine that a person can attach to, as its platform describes it. */
export interface Instance {
  /** Unique over all connections and stable, such as `ssh/gpu-1`. */
  readonly id: string;
  readonly label: string;
  /** `unknown` where no platform tells, as for a plain SSH host that is not attached. */
  readonly state: InstanceState;
  /** USD per hour while it runs; `null` when it is not known, which is never the same as free. */
  readonly hourlyUsd: number | null;
  /** What else there is to know, for the tooltip: address, user, where it comes from. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** The name under which the editor itself can open a window there, such as `ssh-remote+gpu-1`; absent where it can't. */
  readonly remoteAuthority?: string;
  /** Absolute path of the file that says how it is reached, for a person to mend it. */
  readonly source?: string;
  /** Whether Trainyard's own list has it, so that it can be taken out again. */
  readonly removable: boolean;
}

/** The machines of a connection. */
export interface Instances {
  /** Cached where asking takes the network. */
  list(signal: AbortSignal): Promise<readonly Instance[]>;
  readonly onDidChange: Event<void>;
  /** The way to an instance; the same object each time. Throws `ProviderError` of kind `notFound`. */
  machine(id: string): Machine;
  /** Takes a `removable` one out of the list; the machine itself is left alone. */
  remove(id: string, signal: AbortSignal): Promise<void>;
}
