import * as vscode from 'vscode';
import { ProviderError } from '../../core/errors';
import type { GpuProcess, ProcessDetail } from '../../core/load/machineLoad';
import type { Machine } from '../../core/machine';
import type { MachineSamples, ProcessName } from '../../services/samples/machineSamples';
import { signalOf } from '../cancellation';
import type { Host } from '../host';
import { processName } from '../trees/machineRows/gpuRows';
import { oneLine } from '../trees/markdown';
import { targetMachine } from './machineTarget';

/** Milliseconds that a process has to end by itself. */
const patience = 10_000;
const look = 500;

export async function watchMachine(host: Host, word: unknown): Promise<void> {
  const machine = await targetMachine(host, word, {
    question: 'Watch which machine?',
    none: 'There are no machines yet.',
  });
  if (machine) (await host.panels.machinePanels()).open(machine.id, machine.label);
}

/** Asks first, naming the process and whose it is; then SIGTERM, and where that does not end it, SIGKILL if wished. */
export async function stopMachineProcess(host: Host, word?: unknown, given?: unknown): Promise<void> {
  const machine = await targetMachine(host, word, {
    question: 'Stop a process on which machine?',
    can: (entry) => entry.machine.status.state === 'attached',
    none: 'No machine is attached.',
  });
  if (!machine) return;
  const { samples } = await host.core.get();
  const process =
    given === undefined ? await pickProcess(samples, machine) : known(samples, machine, given as ProcessName);
  if (process?.identity) await stop(samples, machine, process, process.identity);
}

async function stop(
  samples: MachineSamples,
  machine: Machine,
  process: GpuProcess,
  { start, user }: ProcessDetail,
): Promise<void> {
  const { pid } = process;
  const answer = await vscode.window.showWarningMessage(
    `Stop ${oneLine(processName(process), 80)} of ${oneLine(user, 60)} on ${machine.label}?`,
    { modal: true, detail: detailOf(process) },
    'Stop Process',
  );
  if (answer !== 'Stop Process') return;
  const name = { pid, start };
  const ended = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: `Stopping process ${pid} on ${machine.label}`,
      cancellable: true,
    },
    async (_, token) => {
      const signal = signalOf(token);
      if (!(await samples.signal(machine, name, 'TERM', signal))) throw gone(pid);
      return hasEnded(samples, machine, name, signal);
    },
  );
  if (!ended) await offerKill(samples, machine, name);
}

function known(samples: MachineSamples, machine: Machine, { pid, start }: ProcessName): GpuProcess {
  const processes = samples.of(machine.id)?.processes ?? [];
  const process = processes.find((one) => one.pid === pid && one.identity?.start === start);
  if (!process) throw gone(pid);
  return process;
}

/** Of those on the machine's GPUs, which is watched for that long. */
async function pickProcess(samples: MachineSamples, machine: Machine): Promise<GpuProcess | undefined> {
  const watching = samples.watch(machine);
  try {
    const listed = waitFor(samples, machine.id).then((processes) =>
      processes.flatMap((process) => {
        const { pid, identity } = process;
        if (!identity) return [];
        const label = oneLine(processName(process), 80);
        return [
          {
            label,
            description: `${oneLine(identity.user, 60)} · ${pid}`,
            detail: oneLine(identity.command),
            process,
          },
        ];
      }),
    );
    const picked = await vscode.window.showQuickPick(listed, {
      title: `Processes on the GPUs of ${machine.label}`,
      placeHolder: 'Stop which process?',
      matchOnDescription: true,
      matchOnDetail: true,
    });
    return picked?.process;
  } finally {
    watching.dispose();
  }
}

/** The processes once they are told; none where they are not within a few samples. */
function waitFor(samples: MachineSamples, id: string): Promise<readonly GpuProcess[]> {
  return new Promise((resolve) => {
    const tell = () => {
      const processes = samples.of(id)?.processes;
      if (processes) done(processes);
    };
    const done = (processes: readonly GpuProcess[]) => {
      clearTimeout(timer);
      held.dispose();
      resolve(processes);
    };
    const held = samples.onDidChange(tell);
    const timer = setTimeout(() => {
      done([]);
    }, patience);
    tell();
  });
}

async function hasEnded(
  samples: MachineSamples,
  machine: Machine,
  name: ProcessName,
  signal: AbortSignal,
): Promise<boolean> {
  for (const end = performance.now() + patience; performance.now() < end;) {
    if (!(await samples.signal(machine, name, '0', signal))) return true;
    await new Promise((done) => setTimeout(done, look));
  }
  return false;
}

async function offerKill(samples: MachineSamples, machine: Machine, name: ProcessName): Promise<void> {
  const answer = await vscode.window.showWarningMessage(
    `Process ${name.pid} on ${machine.label} has not ended after 10 s. Killed, it can save nothing more.`,
    'Kill Process',
  );
  if (answer === 'Kill Process') await samples.signal(machine, name, 'KILL', new AbortController().signal);
}

function detailOf({ pid, owner, identity, gpu }: GpuProcess): string {
  const lines = [
    ...(owner === undefined ? [] : [`It belongs to ${oneLine(owner)}.`]),
    `Process ${pid}${gpu === undefined ? '' : ` on GPU ${gpu}`}: ${oneLine(identity?.command ?? '', 300)}`,
    'It is asked to end (SIGTERM). What it has not saved is lost.',
  ];
  return lines.join('\n');
}

function gone(pid: number): ProviderError {
  return new ProviderError('notFound', `This process has ended already: ${pid}`);
}
