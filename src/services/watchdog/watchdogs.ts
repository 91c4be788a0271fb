import { CancelledError, messageOf } from '../../core/errors';
import type { Log } from '../../core/log';
import type { CallOptions, Machine } from '../../core/machine';
import type { OwnStop } from '../../core/watchdog/ownStop';
import type { StopProspect } from '../../core/watchdog/stopProspect';
import type { WatchdogOptions } from '../../core/watchdog/watchdogOptions';
import { readWatchdogState, type WatchdogState } from '../../core/watchdog/watchdogState';
import { Disposables, type Disposable } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
import type { Machines } from '../machines/machines';
import { WatchdogHost } from './watchdogHost';

export interface WatchdogsParts {
  /** Absolute path of the folder with the scripts. */
  readonly remoteFolder: string;
  readonly log: Log;
  readonly now: () => number;
  /** Milliseconds between two looks at an attached machine. Default: a minute. */
  readonly every?: number;
}

/** For how long an editor that is in use keeps a machine, in seconds, and how often it says so at most. */
const lease = 20 * 60;
const leaseEvery = 5 * 60_000;

/** The watchdogs of the machines: what they know while those are attached, and what a person does with them. */
export class Watchdogs implements Disposable {
  private readonly known = new Map<string, WatchdogState>();
  private readonly watched = new Map<string, Machine>();
  private readonly looking = new Set<string>();
  private readonly leased = new Map<string, number>();
  private readonly changed = new Emitter<string>();
  private readonly abort = new AbortController();
  private readonly held = new Disposables();
  private readonly host: WatchdogHost;

  /** Id of the machine whose watchdog is known anew. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly parts: WatchdogsParts) {
    this.host = new WatchdogHost(parts.remoteFolder);
    const timer = setInterval(() => {
      for (const machine of this.watched.values()) this.look(machine);
    }, parts.every ?? 60_000);
    timer.unref();
    this.held.add({
      dispose: () => {
        clearInterval(timer);
      },
    });
  }

  /** As it was last read; `undefined` where it never was. */
  of(id: string): WatchdogState | undefined {
    return this.known.get(id);
  }

  /** From now on, whenever the machine is attached, its watchdog is looked at, at once and each minute. */
  watch(machine: Machine): void {
    if (this.watched.has(machine.id)) return;
    this.watched.set(machine.id, machine);
    this.held.add(
      machine.onDidChangeStatus(() => {
        this.look(machine);
      }),
    );
    this.look(machine);
  }

  /** Watches each machine from the moment that it is attached. */
  watchAll({ onDidChangeStatus }: Pick<Machines, 'onDidChangeStatus'>): void {
    this.held.add(
      onDidChangeStatus((machine) => {
        this.watch(machine);
      }),
    );
  }

  /** Looks what arming would find; changes nothing there. */
  probe(machine: Machine, signal: AbortSignal): Promise<StopProspect> {
    return this.host.probe(machine, signal);
  }

  /** Looks whether a stop command could run there; runs none of it. */
  lookAtOwnStop(machine: Machine, command: string, signal: AbortSignal): Promise<OwnStop> {
    return this.host.lookAtOwnStop(machine, command, signal);
  }

  /** Done again, it replaces what is there; the clock begins anew. */
  async arm(machine: Machine, options: WatchdogOptions, signal: AbortSignal): Promise<WatchdogState> {
    return this.learn(machine, await this.host.arm(machine, options, signal));
  }

  /** Removes every trace of it from the machine. Throws where something is left, with what. */
  async disarm(machine: Machine, signal: AbortSignal): Promise<void> {
    this.learn(machine, await this.host.run(machine, 'disarm', undefined, {}, signal));
  }

  /** Nothing stops the machine before `seconds` are over; 0 ends that. */
  async hold(machine: Machine, seconds: number, signal: AbortSignal): Promise<WatchdogState | undefined> {
    await this.host.run(machine, 'hold', seconds === 0 ? 'off' : String(Math.round(seconds)), {}, signal);
    return this.refresh(machine, {}, signal);
  }

  /** Half an hour more. */
  extend(machine: Machine, signal: AbortSignal): Promise<WatchdogState | undefined> {
    return this.hold(machine, 30 * 60, signal);
  }

  /** Somebody works on the machine from this window. Called at each key, for all that it costs. */
  async renewLease(machine: Machine): Promise<void> {
    const now = this.parts.now();
    if (this.known.get(machine.id)?.armed !== true || machine.status.state !== 'attached') return;
    if (now - (this.leased.get(machine.id) ?? -Infinity) < leaseEvery) return;
    this.leased.set(machine.id, now);
    await this.quietly(machine, async () => {
      await this.host.run(machine, 'lease', String(lease), { quiet: true }, this.abort.signal);
    });
  }

  /** The machines that are watched and attached now. */
  attached(): readonly Machine[] {
    return [...this.watched.values()].filter(({ status }) => status.state === 'attached');
  }

  /** The watched machine of that id. */
  machine(id: string): Machine | undefined {
    return this.watched.get(id);
  }

  journal(machine: Machine, signal: AbortSignal): Promise<string> {
    return this.host.journal(machine, signal);
  }

  async refresh(machine: Machine, options: CallOptions, signal: AbortSignal): Promise<WatchdogState> {
    return this.learn(machine, await this.host.run(machine, 'status', undefined, options, signal));
  }

  dispose(): void {
    this.abort.abort();
    this.held.dispose();
    this.changed.dispose();
  }

  private look(machine: Machine): void {
    if (this.looking.has(machine.id) || machine.status.state !== 'attached') return;
    this.looking.add(machine.id);
    void this.quietly(machine, () => this.refresh(machine, { quiet: true }, this.abort.signal)).finally(
      () => {
        this.looking.delete(machine.id);
      },
    );
  }

  private learn(machine: Machine, line: string): WatchdogState {
    const state = readWatchdogState(line, this.parts.now());
    this.known.set(machine.id, state);
    this.changed.fire(machine.id);
    return state;
  }

  /** What runs by itself says nothing when it fails: the row then shows how old its knowledge is. */
  private async quietly(machine: Machine, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof CancelledError))
        this.parts.log.warn(`Watchdog of ${machine.id}: ${messageOf(error)}`);
    }
  }
}
