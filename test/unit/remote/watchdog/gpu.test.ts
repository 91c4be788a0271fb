import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linux, shells } from '../launchedJob';
import { FakeMachine } from './fakeMachine';

/** What a query prints (index, use, memory, idle bit), how it exits, and what that is taken for. */
const answers: readonly [name: string, rows: string, exit: number, kept: readonly string[]][] = [
  ['GPUs that rest are idle', '0, 0, 1, Active\n1, 3, 1, Not Active', 0, []],
  ['5 % on any one of them keeps', '0, 0, 1, Active\n1, 5, 1, Not Active', 0, ['GPU: 5 %']],
  ['a number is believed rather than the idle bit', '0, 7, 1, Active', 0, ['GPU: 7 %']],
  ['under MIG the idle bit tells use', '0, [N/A], 17000, Not Active', 0, ['GPU: 100 %']],
  ['under MIG the idle bit tells rest', '0, [N/A], 17000, Active', 0, []],
  ['memory that is merely held keeps nothing', '0, 0, 79000, Active', 0, []],
  ['neither number nor bit is a doubt', '0, [N/A], 10, [N/A]', 0, ["GPUs that can't be read"]],
  [
    '[Unknown Error] of one among good ones is a doubt',
    '0, 0, 1, Active\n1, [Unknown Error], 1, [Unknown Error]',
    0,
    ["GPUs that can't be read"],
  ],
  [
    'use of one matters more than the doubt about another',
    '0, [Unknown Error], 1, [N/A]\n1, 60, 1, Not Active',
    0,
    ['GPU: 60 %'],
  ],
  [
    'a GPU that was lost is a doubt',
    '0, 0, 1, Active\nUnable to determine the device handle for GPU0000:07:00.0: Unknown Error',
    0,
    ["GPUs that can't be read"],
  ],
  [
    'a driver that does not fit its library is a doubt',
    'Failed to initialize NVML: Driver/library version mismatch',
    18,
    ["GPUs that can't be read"],
  ],
  [
    'no driver is no source',
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
    9,
    [],
  ],
  ['no device is no source', 'No devices were found', 6, []],
  ['nothing at all is a doubt', '', 0, ["GPUs that can't be read"]],
  ['an old driver’s [Not Supported] is a doubt', '0, [Not Supported], 100, ', 0, ["GPUs that can't be read"]],
  ['percent signs and units do no harm', '0, 42 %, 100 MiB, Not Active', 0, ['GPU: 42 %']],
  [
    'nonsense is a doubt, and is not run',
    '0, a[$(touch $HOME/owned)], $(touch $HOME/owned), `touch $HOME/owned`',
    0,
    ["GPUs that can't be read"],
  ],
];

const rocm = (...uses: string[]) =>
  JSON.stringify(
    Object.fromEntries(
      uses.map((use, i) => [
        `card${i}`,
        { 'GPU use (%)': use, 'VRAM Total Memory (B)': '1', 'VRAM Total Used Memory (B)': '1073741824' },
      ]),
    ),
  );
const amdSmi = (...uses: unknown[]) =>
  uses.map((use, gpu) => ({
    gpu,
    usage: { gfx_activity: use, umc_activity: { value: 99, unit: '%' } },
    mem_usage: { total_vram: { value: 65520, unit: 'MB' }, used_vram: { value: 2048, unit: 'MB' } },
  }));

/** What AMD's tool prints, and what that is taken for. */
const amdAnswers: readonly [
  name: string,
  tool: 'rocm-smi' | 'amd-smi',
  json: string,
  kept: readonly string[],
][] = [
  ['AMD’s GPUs that rest are idle', 'rocm-smi', rocm('0', '4'), []],
  ['5 % on any one of AMD’s keeps', 'rocm-smi', rocm('0', '5'), ['GPU: 5 %']],
  [
    'of rocm-smi’s odd words a number is believed',
    'rocm-smi',
    readFileSync('test/fixtures/gpu/rocm-smi.json', 'utf8'),
    ['GPU: 19 %'],
  ],
  ['a use that rocm-smi does not tell is a doubt', 'rocm-smi', rocm('0', 'N/A'), ["GPUs that can't be read"]],
  ['rocm-smi that prints nothing is a doubt', 'rocm-smi', '', ["GPUs that can't be read"]],
  [
    'nonsense of rocm-smi is a doubt, and is not run',
    'rocm-smi',
    rocm('a[$(touch $HOME/owned)]', '`touch $HOME/owned`'),
    ["GPUs that can't be read"],
  ],
  [
    'amd-smi is read in its old wrapping',
    'amd-smi',
    JSON.stringify(amdSmi({ value: 3, unit: '%' }, { value: 42, unit: '%' }), undefined, 4),
    ['GPU: 42 %'],
  ],
  ['and in its new one', 'amd-smi', JSON.stringify({ gpu_data: amdSmi({ value: 2, unit: '%' }) }), []],
  ['amd-smi’s N/A is a doubt', 'amd-smi', JSON.stringify(amdSmi('N/A')), ["GPUs that can't be read"]],
];

type Case = readonly [name: string, story: (machine: FakeMachine) => Promise<void>];

const cases: readonly Case[] = [
  [
    'AMD’s tool without AMD’s driver is no source',
    async (machine) => {
      machine.program(
        'rocm-smi',
        'echo "ERROR: Driver not initialized (amdgpu not found in modules)"; exit 2',
      );
      expect((await machine.look(1)).kept).toEqual([]);
    },
  ],
  [
    'held memory of AMD’s keeps where that is asked for',
    async (machine) => {
      machine.configure({ GPU_MEM_KEEPS: 1024 });
      machine.amdGpus('rocm-smi', rocm('0'));
      expect((await machine.look(1)).kept).toEqual(['GPU memory: 1024 MiB']);
    },
  ],
  [
    'of both makers’ GPUs in one machine, the ones that keep it count',
    async (machine) => {
      machine.gpus('Failed to initialize NVML: Unknown Error', 255);
      machine.amdGpus('rocm-smi', rocm('70'));
      expect((await machine.look(1)).kept).toEqual(['GPU: 70 %']);
      machine.gpus('0, 30, 1, Not Active');
      expect((await machine.look(1)).kept).toEqual(['GPU: 30 %']);
      machine.gpus('0, 0, 1, Active');
      machine.amdGpus('rocm-smi', rocm('N/A'));
      expect((await machine.look(1)).kept).toEqual(["GPUs that can't be read"]);
    },
  ],
  [
    'no nvidia-smi is no source, unless the driver is there',
    async (machine) => {
      expect((await machine.look(1)).kept).toEqual([]);
      mkdirSync(join(machine.root, 'proc/driver/nvidia'), { recursive: true });
      machine.write('proc/driver/nvidia/version', 'NVRM version\n');
      expect((await machine.look(1)).kept).toEqual(["GPUs that can't be read"]);
    },
  ],
  [
    'a burst between samples is seen: several are taken at each look',
    async (machine) => {
      machine.program(
        'nvidia-smi',
        'echo "0, 0, 1, Active"; echo "0, 0, 1, Active"; echo "0, 90, 1, Not Active"; sleep 20',
      );
      expect((await machine.look(1)).kept).toEqual(['GPU: 90 %']);
    },
  ],
  [
    'held memory keeps where that is asked for',
    async (machine) => {
      machine.configure({ GPU_MEM_KEEPS: 1000 });
      machine.gpus('0, 0, 999, Active');
      expect((await machine.look(1)).kept).toEqual([]);
      machine.gpus('0, 0, 1000, Active');
      expect((await machine.look(1)).kept).toEqual(['GPU memory: 1000 MiB']);
    },
  ],
  [
    'older drivers are asked for what they know, and that is remembered',
    async (machine) => {
      machine.program(
        'nvidia-smi',
        `echo "$*" >>"${machine.root}/asked"
         case $* in *clocks_event*|*clocks_throttle*) echo 'Field "x" is not a valid field to query.'; exit 2;; esac
         echo "0, 30, 5"; echo "0, 30, 5"; echo "0, 30, 5"`,
      );
      expect((await machine.look(2)).kept).toEqual(['GPU: 30 %']);
      expect(machine.read('asked').trim().split('\n')).toHaveLength(4);
    },
  ],
  [
    'GPUs that can’t be read keep for an hour, and then the other sources decide',
    async (machine) => {
      machine.configure({ UNKNOWN_SECONDS: 3600 });
      machine.gpus('Failed to initialize NVML: Unknown Error', 255);
      const doubt = await machine.look(21, 175);
      expect(doubt.kept).toEqual(["GPUs that can't be read"]);
      expect((await machine.look(1, 175)).kept).toEqual([]);
      machine.gpus('0, 50, 1, Not Active');
      expect((await machine.look(1)).kept).toEqual(['GPU: 50 %']);
      machine.gpus('Failed to initialize NVML: Unknown Error', 255);
      expect((await machine.look(1)).kept).toEqual(["GPUs that can't be read"]);
    },
  ],
  [
    'one query that hangs on is not asked again, and not waited for',
    async (machine) => {
      machine.gpus('0, 0, 1, Active');
      await machine.look(1);
      const asked = machine.read('asked');
      // What the look before left behind: the number and the start of a process that lives, this one.
      const state = machine.read(machine.shm('state'));
      const started = readFileSync('/proc/self/stat', 'utf8').replace(/.*\) /, '').split(' ')[19];
      machine.write(
        machine.shm('state'),
        state
          .replace(/gpu_pid=.*/, `gpu_pid=${process.pid}`)
          .replace(/gpu_started=.*/, `gpu_started=${started}`),
      );
      expect((await machine.look(1)).kept).toEqual(["GPUs that can't be read"]);
      expect(machine.read('asked')).toBe(asked);
    },
  ],
];

describe.skipIf(!linux).each(shells)('GPUs under $name', (shell) => {
  it.concurrent.for(answers)('%s', async ([, rows, exit, kept], test) => {
    const machine = new FakeMachine(shell, test);
    machine.gpus(rows, exit);
    expect((await machine.look(1)).kept).toEqual(kept);
    expect(machine.read('home/owned')).toBe('');
  });
});

describe.skipIf(!linux).each(shells.slice(0, 1))('AMD’s GPUs under $name', (shell) => {
  it.concurrent.for(amdAnswers)('%s', async ([, tool, json, kept], test) => {
    const machine = new FakeMachine(shell, test);
    machine.amdGpus(tool, json);
    expect((await machine.look(1)).kept).toEqual(kept);
    expect(machine.read('home/owned')).toBe('');
  });
});

describe.skipIf(!linux).each(shells.slice(0, 1))('asking for GPUs under $name', (shell) => {
  it.concurrent.for(cases)('%s', async ([, story], test) => {
    await story(new FakeMachine(shell, test));
  });
});
