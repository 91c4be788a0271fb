import type { IdleShutdown } from '../../../core/idleShutdown';
import type { Instance, PowerOff } from '../../../core/instance';
import type { Machine } from '../../../core/machine';

/** What a list told. */
export interface Listed {
  readonly rows: readonly Instance[];
  /** Ids of those that AWS says are no more: others that are absent may only be late. */
  readonly gone: readonly string[];
}

/** One kind of machine that an account and region has. Nothing is kept: each call asks AWS. */
export interface MachineSource {
  /** Such as `EC2 instances`. */
  readonly what: string;
  /** Whether this id is one of this kind. */
  owns(id: string): boolean;
  list(signal: AbortSignal): Promise<Listed>;
  /** Throws `ProviderError` of kind `notFound`. */
  get(id: string, signal: AbortSignal): Promise<Instance>;
  /** Asks for it, and comes back once AWS took the request. */
  start(id: string, signal: AbortSignal): Promise<void>;
  stop(id: string, signal: AbortSignal): Promise<void>;
  /** The same object each time. */
  machine(instance: Pick<Instance, 'id' | 'label'>): Machine;
  /** What AWS does to it when it powers itself off. */
  poweredOff?(id: string, signal: AbortSignal): Promise<PowerOff | undefined>;
  page?(id: string, signal: AbortSignal): Promise<string>;
  /** Absent where only a watchdog on the machine stops it. */
  readonly idleShutdown?: IdleShutdown;
}
