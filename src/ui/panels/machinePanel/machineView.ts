import {
  gpuUse,
  type GpuLoad,
  type GpuProcess,
  type GpuTool,
  type MachineLoad,
} from '../../../core/load/machineLoad';
import { agoText, bytesText, costText, durationText, hourlyText } from '../../../core/words';
import type { GpuView, MachineView, ProcessView } from '../../../protocol/machinePanel';
import type { Fact } from '../../../protocol/runPanel';
import type { MachineEntry } from '../../../services/machines/machines';
import { gigabytes, memoryText, useText } from '../../trees/machineRows/gpuRows';
import { oneLine } from '../../trees/markdown';

/** What the panel shows of a machine now. */
export function machineView(
  { instance, machine }: MachineEntry,
  load: MachineLoad | undefined,
  problem: string | undefined,
  now: number,
): MachineView {
  const { state } = machine.status;
  const why = machine.status.problem ?? problem;
  const gpuNote = load && noteOf(load.tool);
  return {
    id: machine.id,
    label: oneLine(instance.label, 80),
    state,
    ...(why !== undefined && { problem: oneLine(why, 500) }),
    about: instance.facts.map(([name, value]) => ({ name: oneLine(name), value: oneLine(value) })),
    facts: factsOf(instance.hourlyUsd, load),
    live: load !== undefined,
    ...(gpuNote && { gpuNote }),
    gpus: load?.gpus.map(gpuView) ?? [],
    processes: load?.processes?.map((process) => processView(process, now)) ?? null,
    users: load?.users.map(({ user, from }) => ({ user: oneLine(user, 100), from: oneLine(from) })) ?? [],
  };
}

/** Most wanted first. What a machine costs since it started is an estimate: its price may have been another before. */
function factsOf(hourlyUsd: number | null, load: MachineLoad | undefined): readonly Fact[] {
  const { up, load: average, diskFree, diskTotal } = load?.host.values ?? {};
  const rate = hourlyUsd !== null && hourlyUsd > 0 ? hourlyUsd : undefined;
  const facts: [string, string | undefined][] = [
    ['Up for', up === undefined ? undefined : `up ${durationText(up * 1000)}`],
    ['Price', rate === undefined ? undefined : hourlyText(rate)],
    [
      'Cost since it started',
      rate === undefined || up === undefined
        ? undefined
        : `≈ ${costText((rate * up) / 3600)} since it started`,
    ],
    ['Load average of a minute', average === undefined ? undefined : `load ${average}`],
    [
      'Disk of the home folder',
      diskFree === undefined
        ? undefined
        : `${bytesText(diskFree)} free${diskTotal === undefined ? '' : ` of ${bytesText(diskTotal)}`}`,
    ],
    ['System', load?.host.system],
  ];
  return facts.flatMap(([name, value]) =>
    value === undefined ? [] : [{ name: oneLine(name), value: oneLine(value) }],
  );
}

function noteOf({ state, words }: GpuTool): MachineView['gpuNote'] {
  const said = words === undefined ? '' : ` It says: ${oneLine(words, 300)}`;
  switch (state) {
    case 'asked':
      return { severity: 'info', text: 'The GPUs have not answered yet.' };
    case 'none':
      return {
        severity: 'info',
        text: 'No GPU was found: there is no nvidia-smi, rocm-smi or amd-smi on the machine.',
      };
    case 'silent':
      return {
        severity: 'warning',
        text: 'nvidia-smi hangs, as it does when a GPU or its driver is broken. It is asked again every half minute; a restart of the machine mends most such failures.',
      };
    case 'failed':
      return { severity: 'warning', text: `The GPUs can’t be read: their tool fails.${said}` };
    case 'works':
      return words === undefined ? undefined : { severity: 'warning', text: `The GPUs’ tool warns.${said}` };
  }
}

function gpuView(gpu: GpuLoad): GpuView {
  const { util, temp, power, powerLimit } = gpu.values;
  const use = gpuUse(gpu);
  return {
    index: gpu.index,
    answers: gpu.t !== undefined,
    name: oneLine(gpu.name ?? '', 100),
    ...(util !== undefined && { util: Math.min(100, util) }),
    use: typeof use === 'number' ? `${Math.round(use)} %` : useText(gpu),
    memory: memoryText(gpu) ?? '',
    temperature: temp === undefined ? '' : `${Math.round(temp)} °C`,
    power:
      power === undefined
        ? ''
        : `${Math.round(power)}${powerLimit === undefined ? '' : `/${Math.round(powerLimit)}`} W`,
    note: gpu.instances.length > 0 ? oneLine(`MIG: ${gpu.instances.join(', ')}`) : '',
  };
}

function processView({ pid, gpu, memUsed, name, identity, owner }: GpuProcess, now: number): ProcessView {
  return {
    pid,
    gpu: gpu === undefined ? '' : String(gpu),
    memory: memUsed === undefined ? '' : `${gigabytes(memUsed)} GB`,
    user: oneLine(identity?.user ?? '', 100),
    command: oneLine(identity?.command ?? name, 400),
    owner: oneLine(owner ?? '', 100),
    started: identity === undefined ? '' : agoText(identity.startedAt, now),
    ...(identity && { start: identity.start }),
  };
}
