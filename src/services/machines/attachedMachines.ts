import { CancelledError, messageOf, ProviderError } from '../../core/errors';
import type { Log } from '../../core/log';
import type { CallOptions, Machine } from '../../core/machine';
import type { Disposable } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
import type { Machines } from './machines';

/** Where a host keeps the ids of the machines that were attached, so that they are again when it comes back. */
export interface AttachedMemory {
  get(): readonly string[];
  set(ids: readonly string[]): Promise<void>;
}

/** Waits; rejects with `CancelledError` once the signal is aborted. */
export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export interface AttachedMachinesParts {
  readonly machines: Machines;
  readonly memory: AttachedMemory;
  readonly log: Log;
  readonly pause?: Pause;
}

/** Between two tries to reach a machine that was attached before. */
const firstPause = 5000;
const longestPause = 300_000;

/**
 * The machines that a person attached here. They stay attached over a reload of the window, quietly: a machine that needs an
 * answer first waits, with the reason in its status, until the person attaches it.
 */
export class AttachedMachines implements Disposable {
  private readonly detached = new Emitter<Machine>();
  private readonly abort = new AbortController();
  /** Those being brought back, by id. */
  private readonly restoring = new Map<string, { readonly abort: AbortController; done: Promise<void> }>();

  /** A person gave the machine up: what hangs on it ends. */
  readonly onDidDetach = this.detached.event;

  constructor(private readonly parts: AttachedMachinesParts) {}

  /** Whether a person wants it attached, although it may not be now. */
  isWanted(id: string): boolean {
    return this.parts.memory.get().includes(id);
  }

  /** Throws as `Machine.attach` does; after a failure it is remembered no more than before. */
  async attach(machine: Machine, options: CallOptions, signal: AbortSignal): Promise<void> {
    this.restoring.get(machine.id)?.abort.abort();
    await machine.attach(options, signal);
    const { memory } = this.parts;
    if (!this.isWanted(machine.id)) await memory.set([...memory.get(), machine.id]);
  }

  async detach(machine: Machine): Promise<void> {
    await this.forget(machine.id);
    machine.detach();
    this.detached.fire(machine);
  }

  /** Begins to bring back what was attached before. Asks nothing. */
  restore(): void {
    for (const id of this.parts.memory.get()) {
      if (this.restoring.has(id)) continue;
      const abort = new AbortController();
      const signal = AbortSignal.any([abort.signal, this.abort.signal]);
      const entry = { abort, done: Promise.resolve() };
      this.restoring.set(id, entry);
      entry.done = this.bringBack(id, signal).finally(() => {
        this.restoring.delete(id);
      });
    }
  }

  /** Done when the machine is no longer being brought back, or `signal` is aborted. */
  async settled(id: string, signal: AbortSignal): Promise<void> {
    const restoring = this.restoring.get(id);
    if (!restoring) return;
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    });
    await Promise.race([restoring.done, aborted]);
  }

  dispose(): void {
    this.abort.abort();
    this.detached.dispose();
  }

  private async bringBack(id: string, signal: AbortSignal): Promise<void> {
    const { machines, log, pause = realPause } = this.parts;
    for (let wait = firstPause; ; wait = Math.min(wait * 2, longestPause)) {
      try {
        const machine = await machines.get(id);
        if (machine.status.state === 'detached') await machine.attach({ quiet: true }, signal);
        return;
      } catch (error) {
        if (error instanceof CancelledError || signal.aborted) return;
        log.info(`${id} is not attached again: ${messageOf(error)}`);
        if (!(error instanceof ProviderError)) return;
        // A list that can't be read now says nothing about what is in it.
        if (error.kind === 'notFound' && machines.known.troubles.length === 0) await this.forget(id);
        // Only the network comes back by itself.
        if (error.kind !== 'network') return;
      }
      if (!(await pauseUnlessAborted(pause, wait, signal))) return;
    }
  }

  private async forget(id: string): Promise<void> {
    this.restoring.get(id)?.abort.abort();
    const { memory } = this.parts;
    if (this.isWanted(id)) await memory.set(memory.get().filter((one) => one !== id));
  }
}

/** Of a host that remembers nothing, such as the command line. */
export function noMemory(): AttachedMemory {
  let ids: readonly string[] = [];
  return {
    get: () => ids,
    set: (given) => {
      ids = given;
      return Promise.resolve();
    },
  };
}

async function pauseUnlessAborted(pause: Pause, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return pause(milliseconds, signal).then(
    () => !signal.aborted,
    () => false,
  );
}

const realPause: Pause = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    timer.unref();
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(new CancelledError());
      },
      { once: true },
    );
  });
