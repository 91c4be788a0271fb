import {
  gpuUse,
  type GpuLoad,
  type GpuProcess,
  type GpuTool,
  type MachineLoad,
} from '../../../core/load/machineLoad';
import { bytesText, countText, durationText } from '../../../core/words';
import type { MachineSamples } from '../../../services/samples/machineSamples';
import { oneLine } from '../markdown';
import type { RowIcon } from '../row';
import type { MachinePart, PartRow } from './machinePart';

/** Without arguments a click's command gets the row's node. */
const watch = { command: 'trainyard.machine.watch', title: 'Watch Machine', arguments: [] };

/** A machine's GPUs on its line and below it, live while somebody can see them. */
export function gpuPart(samples: MachineSamples): MachinePart {
  return {
    words: ({ machine }) => {
      const load = samples.of(machine.id);
      return load ? gpuWords(load) : [];
    },
    facts: ({ machine }) => {
      const load = samples.of(machine.id);
      const problem = samples.problem(machine.id);
      return [
        ...(load ? loadFacts(load) : []),
        ...(problem === undefined ? [] : [['Live figures', problem] as const]),
      ];
    },
    rows: ({ machine }) => {
      const load = samples.of(machine.id);
      return load ? gpuRows(load) : [];
    },
    onDidChange: samples.onDidChange,
    watch: (machine) => samples.watch(machine),
  };
}

/** Such as `2×A100` and `GPU 83 %`; of a machine without GPUs what its processors do. */
export function gpuWords(load: MachineLoad): readonly string[] {
  const { gpus, host } = load;
  if (gpus.length === 0) {
    const { cpu } = host.values;
    return [...toolWords(load.tool), ...(cpu === undefined ? [] : [`CPU ${Math.round(cpu)} %`])];
  }
  const names = new Map<string, number>();
  for (const gpu of gpus) names.set(modelName(gpu), (names.get(modelName(gpu)) ?? 0) + 1);
  const models = [...names].map(([name, count]) => (count === 1 ? name : `${count}×${name}`));
  const uses = gpus.map(gpuUse);
  const numbers = uses.filter((use) => typeof use === 'number');
  const used = uses.filter((use) => use === 'used').length;
  const words = uses.filter((use) => use !== undefined && typeof use !== 'number').length;
  const use = [
    ...(numbers.length > 0 ? [`GPU ${Math.round(mean(numbers))} %`] : []),
    ...(words > 0
      ? [used === 0 ? 'GPU idle' : used === gpus.length ? 'GPU in use' : `${used} of ${words} in use`]
      : []),
  ];
  return [models.join(' + '), ...(use.length > 0 ? use : toolWords(load.tool))];
}

/** One row a GPU, such as `GPU 0` with `████ 88 % 31/40 GB 67 °C · train.py (ana)`. */
export function gpuRows(load: MachineLoad): readonly PartRow[] {
  const trouble = toolRow(load.tool, load.gpus.length);
  return [...(trouble ? [trouble] : []), ...load.gpus.map((gpu) => gpuRow(gpu, load))];
}

function gpuRow(gpu: GpuLoad, load: MachineLoad): PartRow {
  const { index, values } = gpu;
  const mine = load.processes?.filter((process) => process.gpu === index) ?? [];
  const figures = [memoryText(gpu), values.temp === undefined ? undefined : `${Math.round(values.temp)} °C`]
    .filter((one) => one !== undefined)
    .join(' ');
  const use = useText(gpu);
  // Words are set off from the figures; a figure of use is one of them.
  const drawn = gpu.t !== undefined && typeof gpuUse(gpu) === 'number';
  const now = drawn ? [`${use} ${figures}`] : [use, figures];
  const description = [...now, processesText(mine)].map((one) => one.trim()).filter((one) => one !== '');
  return {
    row: {
      id: `gpu/${index}`,
      label: `GPU ${index}`,
      description: oneLine(description.join(' · ')),
      icon: gpuIcon(gpu),
      contextValue: 'gpu',
      command: watch,
      tooltip: {
        title: `GPU ${index}${gpu.name === undefined ? '' : `: ${gpu.name}`}`,
        facts: [
          ...gpuFacts(gpu),
          ...mine.map((process): [string, string] => [`Process ${process.pid}`, processFact(process)]),
        ],
      },
    },
  };
}

/** A bar of four, so that memory and temperature stand beside it in a side bar of usual width, and the figure; `used` or `idle` where that is all that the driver tells. */
export function useText(gpu: GpuLoad): string {
  const use = gpuUse(gpu);
  if (gpu.t === undefined) return 'not answering';
  if (use === undefined) return 'use unknown';
  if (typeof use !== 'number') return use === 'used' ? 'in use' : 'idle';
  const full = use > 0 ? Math.max(1, Math.min(4, Math.round((use / 100) * 4))) : 0;
  return `${'█'.repeat(full)}${'░'.repeat(4 - full)} ${Math.round(use)} %`;
}

/** Such as `31/40 GB`. A GPU's memory is sold, and here told, in units of 2^30 bytes. */
export function memoryText({ values: { memUsed, memTotal } }: GpuLoad): string | undefined {
  if (memUsed === undefined) return memTotal === undefined ? undefined : `${gigabytes(memTotal)} GB`;
  if (memTotal === undefined) return `${gigabytes(memUsed)} GB`;
  return `${gigabytes(memUsed)}/${gigabytes(memTotal)} GB`;
}

/** The greatest holder of memory, and how many more there are. */
export function processesText(processes: readonly GpuProcess[]): string {
  const [first, ...more] = [...processes].sort((a, b) => (b.memUsed ?? 0) - (a.memUsed ?? 0));
  if (!first) return '';
  const user = first.identity === undefined ? '' : ` (${first.identity.user})`;
  return `${processName(first)}${user}${more.length > 0 ? ` and ${more.length} more` : ''}`;
}

/** What a person knows it by: the notebook, the script that an interpreter runs, else the program. */
export function processName({ owner, identity, name }: GpuProcess): string {
  if (owner !== undefined) return owner;
  const words = identity?.command.split(' ') ?? [name];
  const program = fileOf(words[0] ?? name);
  if (!/^(python|pypy|node|ruby|perl|julia)[\d.]*$/.test(program)) return program;
  const module = words.indexOf('-m');
  const script = words.slice(1).find((word) => !word.startsWith('-'));
  if (module > 0 && script === words[module + 1]) return script ?? program;
  return script === undefined ? program : fileOf(script);
}

const names: Readonly<Record<GpuTool['state'], string | undefined>> = {
  works: undefined,
  asked: undefined,
  none: 'no GPU',
  silent: 'GPU not answering',
  failed: 'GPU driver fails',
};

function toolWords({ state }: GpuTool): readonly string[] {
  const word = names[state];
  return word === undefined ? [] : [word];
}

/** Why GPUs can't be told of. */
function toolRow({ state, words }: GpuTool, gpus: number): PartRow | undefined {
  const label =
    state === 'none' ? undefined : (names[state] ?? (words === undefined ? undefined : 'GPU tool warns'));
  if (label === undefined || (state === 'works' && gpus === 0)) return undefined;
  const why =
    words ?? (state === 'silent' ? 'nvidia-smi hangs, as it does when the driver or a GPU is broken' : '');
  return {
    row: {
      id: 'gpuTool',
      label,
      description: oneLine(why),
      icon: { id: 'warning', color: 'list.warningForeground' },
      contextValue: 'gpuTool',
      command: watch,
      tooltip: { title: label, facts: why === '' ? [] : [['It says', why]] },
    },
  };
}

function gpuIcon(gpu: GpuLoad): RowIcon {
  const use = gpuUse(gpu);
  if (gpu.t === undefined) return { id: 'warning', color: 'list.warningForeground' };
  const busy = typeof use === 'number' ? use >= 5 : use === 'used';
  return busy ? { id: 'chip', color: 'charts.green' } : { id: 'chip', color: 'disabledForeground' };
}

function gpuFacts(gpu: GpuLoad): [string, string][] {
  const { values, driver, instances, uuid, busy } = gpu;
  const { memUtil, power, powerLimit, temp } = values;
  const facts: [string, string | undefined][] = [
    ['Computes', values.util === undefined && busy !== undefined ? (busy ? 'yes' : 'no') : undefined],
    ['Memory', memoryText(gpu)],
    ['Temperature', temp === undefined ? undefined : `${Math.round(temp)} °C`],
    ['Memory traffic', memUtil === undefined ? undefined : `${Math.round(memUtil)} %`],
    [
      'Power',
      power === undefined
        ? undefined
        : `${Math.round(power)}${powerLimit === undefined ? '' : ` of ${Math.round(powerLimit)}`} W`,
    ],
    ['MIG instances', instances.length > 0 ? instances.join(', ') : undefined],
    ['Driver', driver],
    ['UUID', uuid],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

function loadFacts({ host, users, processes }: MachineLoad): readonly (readonly [string, string])[] {
  const { cpu, load, memUsed, memTotal, up, diskFree } = host.values;
  const people = [...new Set(users.map(({ user }) => user))];
  const facts: [string, string | undefined][] = [
    ['System', host.system],
    [
      'CPU',
      cpu === undefined
        ? undefined
        : `${Math.round(cpu)} % of ${countText(host.cores.length, 'core')}${load === undefined ? '' : `, load ${load}`}`,
    ],
    [
      'Memory',
      memUsed === undefined || memTotal === undefined
        ? undefined
        : `${bytesText(memUsed)} of ${bytesText(memTotal)}`,
    ],
    ['Free disk', diskFree === undefined ? undefined : bytesText(diskFree)],
    ['Up for', up === undefined ? undefined : durationText(up * 1000)],
    ['Logged in', people.length > 0 ? people.join(', ') : undefined],
    [
      'On GPUs',
      processes === undefined
        ? undefined
        : `${processes.length} ${processes.length === 1 ? 'process' : 'processes'}`,
    ],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

function processFact(process: GpuProcess): string {
  const memory = process.memUsed === undefined ? [] : [`${gigabytes(process.memUsed)} GB`];
  const who = process.identity === undefined ? [] : [process.identity.user, process.identity.command];
  return (
    [...(process.owner === undefined ? [] : [process.owner]), ...memory, ...who].join(' · ') || process.name
  );
}

/** `A100` of `NVIDIA A100-SXM4-80GB`: what tells models apart on one line. */
export function modelName({ name }: Pick<GpuLoad, 'name'>): string {
  if (name === undefined) return 'GPU';
  const short = oneLine(name, 60)
    .replace(/^(NVIDIA|AMD|Tesla|Instinct)\s+/i, '')
    .replace(/^(GeForce|Tesla|Quadro|Radeon)\s+/i, '');
  return short.replace(/-(SXM|PCI|NVL)\w*.*$/i, '').replace(/\s+\d+\s*GB.*$/i, '');
}

export function gigabytes(bytes: number): string {
  const size = bytes / 2 ** 30;
  return size >= 9.95 || size < 0.05 ? size.toFixed(0) : size.toFixed(1);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function fileOf(path: string): string {
  return path.replace(/^.*[\\/]/, '');
}
