import type { NotificationType, RequestType } from 'vscode-messenger-common';
import type { MachineState } from '../core/machine';
import type { ChartData, ChartRequest, ChartsView, Fact } from './runPanel';

/**
 * The contract of a machine's panel. The host tells the machine as a whole snapshot at each new sample; charts are asked for by the
 * page, as a run's are. Durations, money and sizes come as words.
 */
export const machinePanelViewType = 'trainyard.machine';

/** What the page keeps with `setState`; the host reads `machine` of it after a reload. */
export interface SavedMachine {
  readonly version: 1;
  /** Id of the machine. */
  readonly machine: string;
  readonly scroll: number;
  /** Whether charts are shown as tables. */
  readonly table: boolean;
}

export interface MachineView {
  readonly id: string;
  readonly label: string;
  readonly state: MachineState;
  /** Why it is not attached, or why there are no live figures. */
  readonly problem?: string;
  /** Address, user, where it is listed: its platform's own facts. */
  readonly about: readonly Fact[];
  /** Uptime, price, cost so far, load: what stands below the name. */
  readonly facts: readonly Fact[];
  /** Whether what follows is of now; otherwise there is none, or none yet. */
  readonly live: boolean;
  /** What is wrong with the GPUs or their tool; `severity` is `info` where there just are none. */
  readonly gpuNote?: { readonly severity: 'info' | 'warning'; readonly text: string };
  readonly gpus: readonly GpuView[];
  /** `null` where nobody can tell. */
  readonly processes: readonly ProcessView[] | null;
  readonly users: readonly { readonly user: string; readonly from: string }[];
}

export interface GpuView {
  readonly index: number;
  /** False of one that is lost: what is told of it then is from before. */
  readonly answers: boolean;
  readonly name: string;
  /** Percent; absent where it is not known. */
  readonly util?: number;
  /** Such as `88 %`, `in use`, `not answering`. */
  readonly use: string;
  /** The texts are empty where nothing is known. */
  readonly memory: string;
  readonly temperature: string;
  readonly power: string;
  /** Such as `MIG: 3g.20gb, 2g.10gb`. */
  readonly note: string;
}

export interface ProcessView {
  readonly gpu: string;
  readonly memory: string;
  readonly user: string;
  readonly pid: number;
  readonly command: string;
  /** The notebook or job that it belongs to. */
  readonly owner: string;
  readonly started: string;
  /** `ProcessName.start`; absent where the process can't be told from others, and so not be stopped. */
  readonly start?: string;
}

// What the page asks -----------------------------------------------------------------------------------------------

export const machineActions = ['attach', 'detach', 'openTerminal'] as const;
export type MachineAction = (typeof machineActions)[number];

/** The first thing a page sends; `null` when there is no such machine any more. */
export const hello: RequestType<void, MachineView | null> = { method: 'hello' };
export const act: RequestType<MachineAction, void> = { method: 'act' };
/** Asks a person natively, and then the process to end; offers to kill it when it does not. */
export const stopProcess: RequestType<{ pid: number; start: string }, void> = { method: 'stopProcess' };
export const listCharts: RequestType<void, ChartsView> = { method: 'listCharts' };
export const readChart: RequestType<ChartRequest, ChartData> = { method: 'readChart' };

// What the host tells ----------------------------------------------------------------------------------------------

/** At most twice a second. */
export const machineChanged: NotificationType<MachineView | null> = { method: 'machineChanged' };
/** There are new samples. */
export const chartsGrew: NotificationType<{ series: number }> = { method: 'chartsGrew' };
