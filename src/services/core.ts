import { asError } from '../core/errors';
import type { Log } from '../core/log';
import type { Prompts, SecretStore } from '../core/prompts';
import type { Provider } from '../core/provider';
import type { ReadSetting } from '../core/settings';
import { Disposables, type Disposable } from '../lib/disposables';
import type { Event } from '../lib/event';
import { Connections, type BrokenProvider } from './connections';
import { StateDatabase } from './database';
import { AttachedMachines, noMemory, type AttachedMemory } from './machines/attachedMachines';
import { Machines } from './machines/machines';
import { PortForwards } from './ports/portForwards';
import { JobLists } from './jobs/jobLists';
import { Jobs } from './jobs/jobs';
import { LogCap } from './logStore/logCap';
import { LogStore } from './logStore/logStore';
import { Notebooks } from './notebooks/notebooks';
import { MetricStore } from './metrics/metrics';
import { MachineSamples } from './samples/machineSamples';
import { RunSummaries } from './metrics/runSummaries';
import { Stars } from './jobs/stars';
import { Watchdogs } from './watchdog/watchdogs';

/** What both hosts share. */
export interface Core extends Disposable {
  readonly connections: Connections;
  readonly machines: Machines;
  readonly notebooks: Notebooks;
  readonly attached: AttachedMachines;
  readonly ports: PortForwards;
  readonly samples: MachineSamples;
  readonly watchdogs: Watchdogs;
  readonly jobs: Jobs;
  readonly jobLists: JobLists;
  readonly logs: LogStore;
  readonly metrics: MetricStore;
  readonly summaries: RunSummaries;
  readonly stars: Stars;
  readonly setting: ReadSetting;
  /** Absolute path of the state folder. */
  readonly home: string;
  /** Absolute path of the folder with the scripts that run on other machines. */
  readonly remoteFolder: string;
}

/** What a host gives to the providers; the same as `ProviderContext`, which this layer must not know. */
export interface Workplace {
  readonly log: Log;
  readonly setting: ReadSetting;
  readonly onDidChangeSettings?: Event<void>;
  readonly now: () => number;
  readonly remoteFolder: string;
  /** Absolute path of the state folder. */
  readonly home: string;
  readonly prompts: Prompts;
  readonly secrets: SecretStore;
  readonly trusted: () => boolean;
}

export interface CoreOptions extends Workplace {
  /** Absolute path of the folder with the built programs of `services/workers`. */
  readonly workersFolder: string;
  /** Absent: which machines were attached is forgotten at the end. */
  readonly attachedMemory?: AttachedMemory;
  readonly providers: readonly ((workplace: Workplace) => Provider)[];
}

/** Opens the state folder. Several processes may have it open at once. Throws `ProviderError` where it can't be used. */
export async function openCore(options: CoreOptions): Promise<Core> {
  const { providers, workersFolder, attachedMemory: memory = noMemory(), ...workplace } = options;
  const { home, log, now, setting, remoteFolder } = workplace;
  const held = new Disposables();
  try {
    const database = held.add(await StateDatabase.open(home, log, now));
    const connections = held.add(startProviders(providers, workplace));
    const machines = held.add(new Machines(connections));
    const notebooks = held.add(new Notebooks({ home, remoteFolder, setting }));
    const attached = held.add(new AttachedMachines({ machines, memory, log }));
    const ports = held.add(new PortForwards(log));
    const labels = (id: string, pid: number) => notebooks.notebookOf(id, pid);
    const samples = held.add(new MachineSamples({ remoteFolder, log, labels }));
    held.add(
      attached.onDidDetach(({ id }) => {
        ports.stopAll(id);
      }),
    );
    const watchdogs = held.add(new Watchdogs({ remoteFolder, log, now }));
    watchdogs.watchAll(machines);
    const jobs = held.add(await Jobs.open({ home, database, connections, log, now }));
    const jobLists = held.add(new JobLists({ home, connections, now }));
    const logs = new LogStore(jobs, connections, workersFolder);
    const metrics = held.add(new MetricStore(logs, workersFolder));
    const summaries = new RunSummaries({ database, jobs, logs, metrics });
    const stars = held.add(new Stars(database));
    held.add(new LogCap({ jobs, connections, setting, log }));
    return {
      connections,
      machines,
      notebooks,
      attached,
      ports,
      samples,
      watchdogs,
      jobs,
      jobLists,
      logs,
      metrics,
      summaries,
      stars,
      setting,
      home,
      remoteFolder,
      dispose: () => {
        held.dispose();
      },
    };
  } catch (error) {
    held.dispose();
    throw error;
  }
}

/** A provider that fails to start is shown as broken and never stops the others. */
function startProviders(
  makers: readonly ((workplace: Workplace) => Provider)[],
  workplace: Workplace,
): Connections {
  const started: Provider[] = [];
  const broken: BrokenProvider[] = [];
  for (const make of makers) {
    try {
      started.push(make(workplace));
    } catch (error) {
      broken.push({ id: make.name, error: asError(error) });
    }
  }
  return new Connections(started, broken);
}
