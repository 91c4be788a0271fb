import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../fakes/until';
import { WatchedMachine } from '../fakes/watchedMachine';
import { MachineSamples } from '../../src/services/samples/machineSamples';
import { median, type Bench, type Row } from './row';
import { LogLines } from '../fakes/workplace';

/** Seconds of each measurement. */
const seconds = 30;
const gpus = 8;

/**
 * What watching costs a machine: processor time of the sampler's own processes, without nvidia-smi, which asks the driver and costs the same
 * for everybody, and the bytes that a sample of one GPU takes on the wire.
 */
export const bench: Bench = async () => {
  const rows = readFileSync('test/fixtures/gpu/query-gpu.8xh100.csv');
  const machine = WatchedMachine.make({ linger: 1 });
  const samples = new MachineSamples({ remoteFolder: 'src/remote', log: new LogLines() });
  try {
    machine.show('all', rows);
    await machine.attach();
    const [cost, bytes] = await watched(machine, samples);
    return [cost, bytes];
  } finally {
    samples.dispose();
    await machine.delete();
  }
};

async function watched(machine: WatchedMachine, samples: MachineSamples): Promise<[Row, Row]> {
  samples.watch(machine);
  await until('all GPUs', () => samples.of(machine.id)?.gpus.length === gpus);
  // What is done once is done.
  await delay(5000);
  const pids = [
    ...machine.processes('machine.sh'),
    ...machine.processes('machine.awk'),
    ...machine.processes('tail -n'),
  ];
  const before = spent(pids);
  await delay(seconds * 1000);
  const ours = ((spent(pids) - before) / seconds) * 100;
  const polled = await polling(machine);
  return [
    {
      number: 10,
      metric: `sampler of a machine with ${gpus} GPUs, one window: part of a core`,
      ours,
      unit: '%',
      peer: { name: 'a new nvidia-smi for each sample, read by sh', value: polled },
      target: { atMost: 0.3 },
      note: `over ${seconds} s, a sample each 2 s, reader and ended helpers (sleep, who, df, ls) included; without nvidia-smi itself, which is a fake here. gpustat needs NVML, so it can't run without a GPU`,
    },
    {
      number: 10,
      metric: 'sampler: bytes a GPU and sample',
      ours: median(bytesOf(machine)),
      unit: 'B',
      target: { atMost: 200 },
      note: 'the host beside it takes about 230 B a sample, and 4 B more for each core',
    },
  ];
}

/** What others do: each 2 s another nvidia-smi, and a program that reads what it prints. */
async function polling(machine: WatchedMachine): Promise<number> {
  const fake = machine.path('bin');
  const script = `while :; do nvidia-smi --query-gpu=index,utilization.gpu,memory.used --format=csv,noheader | awk -F, '{ print $1, $2, $3 }' >/dev/null; sleep 2; done`;
  const child = spawn('sh', ['-c', script], {
    env: { ...process.env, PATH: `${fake}:${process.env.PATH ?? ''}`, FAKE_GPUS: machine.path('gpus') },
  });
  try {
    await delay(2500);
    const pid = child.pid ?? 0;
    const before = spent([pid]);
    await delay((seconds * 1000) / 2);
    return ((spent([pid]) - before) / (seconds / 2)) * 100;
  } finally {
    child.kill('SIGKILL');
  }
}

function bytesOf(machine: WatchedMachine): number[] {
  const file = machine.memory().find((name) => name.endsWith('stream')) ?? '';
  const text = readFileSync(machine.path(join('memory', file)), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('G '))
    .map((line) => line.length + 1);
}

/** Seconds of processor time of these processes and of their children that have ended, in nanoseconds where the kernel tells. */
function spent(pids: readonly number[]): number {
  const tick = 1 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return pids.reduce((sum, pid) => {
    if (!existsSync(`/proc/${pid}/stat`)) return sum;
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // schedstat counts its own time exactly; children that ended come in ticks.
    const own = Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
    return sum + own + (Number(fields[13]) + Number(fields[14])) * tick;
  }, 0);
}
