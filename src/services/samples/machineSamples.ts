import { ProviderError } from '../../core/errors';
import type { MachineLoad } from '../../core/load/machineLoad';
import type { Log } from '../../core/log';
import type { Machine } from '../../core/machine';
import type { Disposable } from '../../lib/disposables';
import { Emitter } from '../../lib/event';
import type { LoadHistory } from './loadHistory';
import { MachineWatch } from './machineWatch';
import { firstLine, SamplerScripts } from './samplerScripts';

export interface SamplesOptions {
  /** Absolute path of the folder with the scripts of `src/remote`. */
  readonly remoteFolder: string;
  readonly log: Log;
  /** What of ours processes belong to. Default: nothing is known. */
  readonly labels?: ProcessLabels;
  /** Milliseconds that only grow. */
  readonly now?: () => number;
  /** Seconds between two samples. */
  readonly every?: number;
  readonly pauses?: readonly number[];
}

/** What of ours a process on a machine belongs to, such as a notebook's name. */
export type ProcessLabels = (machine: string, pid: number) => string | undefined;

/** A process, named for ever. */
export interface ProcessName {
  readonly pid: number;
  /** `ProcessDetail.start`. */
  readonly start: string;
}

/** `0` only looks whether it is there. */
export type ProcessSignal = 'TERM' | 'KILL' | '0';

/** Live figures of machines, one stream for each machine that somebody watches and that is attached. */
export class MachineSamples implements Disposable {
  private readonly changed = new Emitter<string>();
  /** A machine's id: it has a new sample, or another problem. */
  readonly onDidChange = this.changed.event;
  private readonly watches = new Map<string, { readonly watch: MachineWatch; watchers: number }>();
  private readonly scripts: SamplerScripts;

  constructor(private readonly options: SamplesOptions) {
    this.scripts = new SamplerScripts(options.remoteFolder);
  }

  /** Keeps the machine's figures coming, for as long as it is attached, until the result is disposed of. Never asks a person anything. */
  watch(machine: Machine): Disposable {
    const entry = this.watches.get(machine.id) ?? this.begin(machine);
    entry.watchers++;
    let held = true;
    return {
      dispose: () => {
        if (!held) return;
        held = false;
        entry.watchers--;
        if (entry.watchers > 0) return;
        entry.watch.dispose();
        if (this.watches.get(machine.id) === entry) this.watches.delete(machine.id);
      },
    };
  }

  /** The newest sample of a machine that is watched; `undefined` where there is none that says anything of now. */
  of(id: string): MachineLoad | undefined {
    const load = this.watches.get(id)?.watch.load;
    if (!load?.processes) return load;
    const processes = load.processes.map((one) => {
      const owner = this.options.labels?.(id, one.pid);
      return owner === undefined ? one : { ...one, owner };
    });
    return { ...load, processes };
  }

  /** Bytes of GPU memory that a process of a watched machine holds, on all GPUs; `undefined` where none is known. */
  gpuMemory(id: string, pid: number): number | undefined {
    const processes = this.watches.get(id)?.watch.load?.processes ?? [];
    const held = processes.flatMap((one) => (one.pid === pid ? (one.memUsed ?? []) : []));
    return held.length > 0 ? held.reduce((sum, bytes) => sum + bytes) : undefined;
  }

  /** The last hour of a machine that is watched; what its sampler had kept from before is there too. */
  history(id: string): LoadHistory | undefined {
    return this.watches.get(id)?.watch.history;
  }

  /** Why a machine that is watched has nothing new, in one sentence. */
  problem(id: string): string | undefined {
    return this.watches.get(id)?.watch.problem;
  }

  /**
   * Signals a process if it is still the one that started then; gives whether it was. Throws `ProviderError` of kind `forbidden` where the
   * system says no, as for another person's process.
   */
  async signal(
    machine: Machine,
    { pid, start }: ProcessName,
    name: ProcessSignal,
    signal: AbortSignal,
  ): Promise<boolean> {
    await this.scripts.install(machine, signal);
    const argv = await this.scripts.argv('stop', String(pid), start, name);
    const { code, stderr } = await machine.run(argv, { quiet: true }, signal);
    if (code === 0) return true;
    if (code === 3) return false;
    throw new ProviderError(
      'forbidden',
      `${machine.label} does not let you stop process ${pid}: ${firstLine(stderr).replace(/^.*kill: /, '')}`,
    );
  }

  dispose(): void {
    for (const { watch } of this.watches.values()) watch.dispose();
    this.watches.clear();
    this.changed.dispose();
  }

  private begin(machine: Machine): { readonly watch: MachineWatch; watchers: number } {
    const {
      log,
      now = () => performance.now(),
      every = 2,
      pauses = [500, 2000, 10_000, 60_000],
    } = this.options;
    const watch = new MachineWatch(machine, { scripts: this.scripts, log, now, every, pauses });
    watch.onDidChange(() => {
      this.changed.fire(machine.id);
    });
    const entry = { watch, watchers: 0 };
    this.watches.set(machine.id, entry);
    return entry;
  }
}
