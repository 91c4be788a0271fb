import type { KernelInfo, KernelState } from '../../../core/notebook/kernel';
import { bytesText, durationText } from '../../../core/words';
import type { Notebooks } from '../../../services/notebooks/notebooks';
import { oneLine } from '../markdown';
import type { RowIcon } from '../row';
import type { MachinePart, PartRow } from './machinePart';

/** Bytes of GPU memory that the process `pid` holds on a machine; `undefined` where none is known. */
export type GpuMemory = (machine: string, pid: number) => number | undefined;

/** The kernels below a machine; nothing while there are none. */
export function kernelPart(notebooks: Notebooks, gpuMemory: GpuMemory = () => undefined): MachinePart {
  return {
    rows: ({ machine }) =>
      kernelRows(notebooks.on(machine).current, (pid) => gpuMemory(machine.id, pid), Date.now()),
    onDidChange: notebooks.onDidChangeKernels,
    watch: (machine) => notebooks.on(machine).watch(),
  };
}

export function kernelRows(
  kernels: readonly KernelInfo[],
  gpuMemory: (pid: number) => number | undefined,
  now: number,
): readonly PartRow[] {
  if (kernels.length === 0) return [];
  return [
    {
      row: {
        id: 'kernels',
        label: `Kernels (${kernels.length})`,
        icon: { id: 'notebook' },
        contextValue: 'kernels',
        children: 'expanded',
      },
      rows: kernels.map((kernel) => kernelRow(kernel, gpuMemory, now)),
    },
  ];
}

const icons: Record<KernelState, RowIcon> = {
  starting: { id: 'loading~spin' },
  busy: { id: 'sync~spin', color: 'charts.blue' },
  idle: { id: 'circle-large-outline', color: 'charts.green' },
  dead: { id: 'error', color: 'charts.red' },
  unknown: { id: 'question' },
};

function kernelRow(kernel: KernelInfo, gpuMemory: (pid: number) => number | undefined, now: number): PartRow {
  const { id, spec, state, pid, notebook, started, lastActivity, queued } = kernel;
  const held = pid === null ? undefined : gpuMemory(pid);
  const able = ['kernel', 'restartable', ...(state === 'busy' ? ['interruptible'] : [])];
  const idle =
    state === 'idle' && lastActivity > 0 ? ` for ${durationText(Math.max(0, now - lastActivity))}` : '';
  return {
    item: id,
    row: {
      id: `kernel/${id}`,
      label: oneLine(notebook === '' ? spec : notebook, 80),
      description: [
        `${state}${idle}`,
        ...(queued > 0 ? [`${queued} waiting`] : []),
        ...(held === undefined ? [] : [`${bytesText(held)} GPU memory`]),
      ].join(' · '),
      icon: icons[state],
      contextValue: able.join(' '),
      tooltip: {
        title: notebook === '' ? 'Kernel' : notebook,
        facts: [
          ['Kernel', spec],
          ['State', state],
          ['Started', new Date(started).toLocaleString()],
          ...(pid === null ? [] : ([['Process', String(pid)]] as const)),
          ...(held === undefined ? [] : ([['GPU memory', bytesText(held)]] as const)),
          ['ID', id],
        ],
      },
    },
  };
}
