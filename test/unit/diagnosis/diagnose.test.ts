import { expect, test } from 'vitest';
import { diagnose } from '../../../src/core/diagnosis/diagnose';
import type { RunHistory } from '../../../src/core/diagnosis/runHistory';
import { aRun, start } from './aRun';

const min = 60_000;
const kinds = (run: RunHistory) => diagnose(run).findings.map(({ kind }) => kind);
const titles = (run: RunHistory) => diagnose(run).findings.map(({ title }) => title);
const live = { ended: false } as const;

/** Each line: what a run measured, and the kinds of what is found. */
const cases: Readonly<Record<string, readonly [run: RunHistory, found: readonly string[]]>> = {
  'nothing on a busy GPU': [aRun([{}]), []],
  'input-bound: all cores busy': [aRun([{ gpus: [23], cpu: 97, core: 99 }]), ['inputBound']],
  'input-bound: one core full while the CPU is low': [
    aRun([{ gpus: [23], cpu: 14, core: 99 }]),
    ['inputBound'],
  ],
  'not input-bound at 90 % of the CPU': [aRun([{ gpus: [49], cpu: 90, core: 90, gpuMem: 0.9 }]), []],
  'not input-bound with the GPU at half': [aRun([{ gpus: [50], cpu: 97, core: 99 }]), []],
  'not input-bound for half of the time': [
    aRun([{ gpus: [(done) => (done < 0.5 ? 20 : 95)], cpu: 97, core: 99 }]),
    [],
  ],
  'input-bound for a little more than half of it': [
    aRun([{ gpus: [(done) => (done < 0.55 ? 20 : 95)], cpu: 97, core: 99 }]),
    ['inputBound'],
  ],
  'IO-bound before input-bound': [aRun([{ gpus: [15], iowait: 60, cpu: 97, core: 99 }]), ['ioBound']],
  'IO-bound on many cores: waiting more than working': [
    aRun([{ gpus: [15], iowait: 9, cpu: 4, core: 30, cores: 64 }]),
    ['ioBound'],
  ],
  'not IO-bound below one core’s worth': [
    aRun([{ gpus: [15], iowait: 6, cpu: 4, core: 30, cores: 8, gpuMem: 0.9 }]),
    [],
  ],
  'not IO-bound at half of the time waiting, working more': [
    aRun([{ gpus: [15], iowait: 45, cpu: 50, core: 60, gpuMem: 0.9 }]),
    [],
  ],
  'not IO-bound on a busy GPU': [aRun([{ iowait: 60, cpu: 5 }]), []],
  'network-bound: a flat, high rate while all else is low': [
    aRun([{ gpus: [20], netIn: 118e6, cpu: 12 }]),
    ['networkBound'],
  ],
  'not network-bound below 100 Mbit/s': [aRun([{ gpus: [20], netIn: 12e6, cpu: 12, gpuMem: 0.9 }]), []],
  'not network-bound far below what was seen': [
    aRun([{ gpus: [20], netIn: (done) => (done > 0.9 ? 900e6 : 100e6), cpu: 12, gpuMem: 0.9 }]),
    [],
  ],
  'input-bound, not network-bound, with a full core': [
    aRun([{ gpus: [20], netIn: 118e6, cpu: 12, core: 99 }]),
    ['inputBound'],
  ],
  'batch too small: all low': [aRun([{ gpus: [35], gpuMem: 0.2, cpu: 12, core: 55 }]), ['batchTooSmall']],
  'batch not too small with GPU memory at 70 %': [aRun([{ gpus: [35], gpuMem: 0.7, cpu: 12, core: 55 }]), []],
  'batch not too small with the GPU at 70 %': [aRun([{ gpus: [70], gpuMem: 0.2, cpu: 12, core: 55 }]), []],
  'batch not too small while the disk is waited for': [
    aRun([{ gpus: [35], gpuMem: 0.2, cpu: 12, core: 55, iowait: 5.5 }]),
    [],
  ],
  'batch not too small while data comes in': [
    aRun([{ gpus: [35], gpuMem: 0.2, cpu: 12, core: 55, netIn: (done) => (done % 0.1 < 0.05 ? 0 : 80e6) }]),
    [],
  ],
  'no GPU used of those asked for': [aRun([{ gpus: [0, 0.5], gpuMem: 0.01 }]), ['gpuUnused']],
  'one GPU of four unused': [aRun([{ gpus: [91, 93, 92, 1] }]), ['gpuUnused']],
  'GPUs that nobody asked for': [aRun([{ gpus: [0, 0] }], { gpusAsked: 0 }), []],
  'as many used as asked for': [aRun([{ gpus: [91, 0] }], { gpusAsked: 1 }), []],
  'unused for too short a time': [aRun([{ gpus: [91, 0] }], { minutes: 4.9 }), []],
  'used once is used': [aRun([{ gpus: [91, (done) => (done < 0.05 ? 6 : 0)] }], { gpusAsked: 2 }), []],
  'a GPU without a word on its use': [aRun([{ gpus: [91, NaN] }]), []],
  'MIG, which tells no use': [aRun([{ gpus: [undefined], cpu: 97, core: 99 }]), []],
  'no GPU at all': [aRun([{ gpus: [], cpu: 97, core: 99, iowait: 60 }]), []],
  'one GPU held up, waited for by the others': [aRun([{ gpus: [96, 95, 40, 97] }]), ['slowRank']],
  'one GPU with more to do': [aRun([{ gpus: [95, 30, 28, 31], gpuMem: 0.2 }]), ['unevenLoad']],
  'what holds the others up, not that one is busier': [
    aRun([{ gpus: [95, 30, 28, 31], cpu: 97 }]),
    ['inputBound'],
  ],
  'not slow within 30 points': [aRun([{ gpus: [96, 95, 67, 97] }]), []],
  'no rest to differ from with two': [aRun([{ gpus: [96, 52] }]), []],
  'not one slow rank where all differ': [aRun([{ gpus: [96, 20, 60, 97] }]), []],
  'machine memory nearly full': [aRun([{ mem: 0.96 }]), ['memoryFull']],
  'machine memory at 94 %': [aRun([{ mem: 0.94 }]), []],
  'GPU memory full and flat, as PyTorch keeps it': [aRun([{ gpuMem: 0.98 }], live), []],
  'GPU memory that rises': [aRun([{ gpuMem: (done) => 0.5 + 0.3 * done }], live), ['memoryFull']],
  'memory that rises, seen afterwards': [aRun([{ mem: (done) => 0.5 + 0.3 * done }]), []],
  'memory that rises too slowly to say': [aRun([{ mem: (done) => 0.5 + 0.05 * done }], live), []],
  'memory in a saw-tooth': [aRun([{ mem: (done) => 0.5 + 0.3 * ((done * 5) % 1) }], live), []],
  'more memory used than there is': [aRun([{ mem: 4 }]), []],
};

test.each(Object.entries(cases))('%s', (_, [run, found]) => {
  expect(kinds(run)).toEqual(found);
});

test.each<[string, Parameters<typeof aRun>[0][number]]>([
  ['GPU use', { gpus: [(done) => (done < 0.6 ? NaN : 10)], cpu: 97, core: 99 }],
  ['CPU use', { gpus: [10], cpu: NaN, core: NaN }],
  ['any CPU column', { gpus: [10], cpu: undefined, core: undefined, iowait: undefined }],
  ['the network', { gpus: [10], gpuMem: 0.1, netIn: undefined, netOut: undefined }],
  ['GPU memory', { gpus: [10], gpuMem: undefined }],
  ['the cores', { gpus: [10], gpuMem: 0.1, core: undefined }],
])('without %s nothing is said', (_, curves) => {
  expect(kinds(aRun([curves]))).toEqual([]);
});

test('a finding tells its numbers, and for how long', () => {
  expect(titles(aRun([{ gpus: [23], cpu: 14, core: 99 }], { minutes: 4 }))).toEqual([
    'Input-bound: GPU 23 %, one CPU core at 99 % for 4 m',
  ]);
  const [finding] = diagnose(aRun([{ gpus: [20, 26], cpu: 14, core: 99 }])).findings;
  expect(finding?.evidence.map(({ what, value }) => `${what}: ${value}`)).toEqual([
    'GPU use, mean of 2: 23 %',
    'CPU use of 16 cores: 14 %',
    'Busiest core: 99 %',
  ]);
  expect(finding?.evidence[0]).toMatchObject({ from: start, to: start + 10 * min });
  expect(finding?.advice[0]).toContain('num_workers=8');
});

test.each([
  [1.9, []],
  [2, ['inputBound']],
])('a run of %s minutes is judged: %j', (minutes, found) => {
  expect(kinds(aRun([{ gpus: [10], cpu: 97 }], { minutes }))).toEqual(found);
});

test('setup, and the time until the first step or the first use of a GPU, do not count', () => {
  const slowStart = [{ gpus: [(done: number) => (done < 0.6 ? 0 : 95)], cpu: 97, core: 99 }];
  const phases = [
    { t: start, node: 0, phase: 'setup', state: 'start' as const },
    { t: start + 5 * min, node: 0, phase: 'setup', state: 'end' as const },
  ];
  expect(kinds(aRun(slowStart, { phases, firstMetric: null }))).toEqual([]);
  // With a first step at three minutes, half of what is left is slow.
  expect(kinds(aRun(slowStart, { minutes: 30, firstMetric: start + 3 * min }))).toEqual(['inputBound']);
  // Without any sign of work ten minutes are enough.
  const idle = aRun([{ gpus: [0], cpu: 97 }], { minutes: 16, firstMetric: null });
  expect(titles(idle)).toEqual(['No GPU is used: 1 GPU at 0 % for 6 m']);
  expect(kinds(aRun([{ gpus: [10], cpu: 97 }], { phases: phases.slice(0, 1) }))).toEqual([]);
});

test('of a live run only what holds now is told, over all of its time if it always did', () => {
  const cpu = { cpu: 97, core: 99 };
  const before = aRun([{ ...cpu, gpus: [(done) => (done < 0.7 ? 10 : 95)] }], { minutes: 60, ...live });
  expect(kinds(before)).toEqual([]);
  expect(kinds({ ...before, ended: true })).toEqual(['inputBound']);
  const lately = aRun([{ ...cpu, gpus: [(done) => (done < 0.7 ? 95 : 10)] }], { minutes: 60, ...live });
  expect(titles(lately)).toEqual(['Input-bound: GPU 10 %, CPU 97 % for 15 m']);
  expect(kinds({ ...lately, ended: true })).toEqual([]);
  const always = aRun([{ ...cpu, gpus: [10] }], { minutes: 60, ...live });
  expect(titles(always)).toEqual(['Input-bound: GPU 10 %, CPU 97 % for 1 h']);
});

test('stale samples of a live run say nothing about now', () => {
  const run = aRun([{ gpus: [10], cpu: 97, mem: 0.99 }], live);
  expect(kinds({ ...run, until: run.until + 55_000 })).toEqual(['memoryFull', 'inputBound']);
  expect(kinds({ ...run, until: run.until + 65_000 })).toEqual([]);
});

test('samples with long gaps between them say nothing', () => {
  const gaps = (value: number) => (done: number) => (Math.floor(done * 60) % 3 === 0 ? value : NaN);
  expect(kinds(aRun([{ gpus: [gaps(10)], cpu: gaps(97), core: gaps(99) }]))).toEqual([]);
});

test('one cause on several nodes is one finding that tells how many, and the worst first', () => {
  const slow = { cpu: 97, core: 99, gpus: [30] };
  const [finding] = diagnose(aRun([{}, slow, { ...slow, gpus: [12] }])).findings;
  expect(finding?.title).toBe('Input-bound on 2 of 3 nodes: GPU 12 %, CPU 97 % for 10 m');
  expect(finding?.evidence.map(({ node }) => node)).toEqual([2, 2, 2, 1, 1, 1]);
  expect(titles(aRun([{}, slow]))).toEqual(['Input-bound on node 1: GPU 30 %, CPU 97 % for 10 m']);
  expect(titles(aRun([slow, slow]))[0]).toContain('on all 2 nodes');
  const io = { gpus: [10], iowait: 70, cpu: 5 };
  expect(kinds(aRun([slow, io]))).toEqual(['inputBound', 'ioBound']);
});

test('nodes that send what they receive are told to exchange less, others to read nearer', () => {
  const advice = (netOut: number) =>
    diagnose(
      aRun([
        { gpus: [20], netIn: 800e6, netOut },
        { gpus: [20], netIn: 800e6, netOut },
      ]),
    ).findings[0]?.advice[0];
  expect(advice(780e6)).toContain('gradients');
  expect(advice(1e6)).toContain('SSD');
});

test('memory is extrapolated to its end, no further than twice what was seen', () => {
  const rising = (to: number, minutes: number) =>
    titles(aRun([{ mem: (done) => 0.4 + (to - 0.4) * done }], { minutes, ...live }));
  expect(rising(0.7, 10)).toEqual(['Memory is about to run out: 44 GB of 64 GB, full in ≈ 10 m']);
  expect(rising(0.7, 200)).toEqual(['Memory is about to run out: 45 GB of 64 GB, full in ≈ 3 h 20 m']);
  expect(rising(0.55, 10)).toEqual([]);
});

test('a long and healthy run has one quiet line, a short or an idle one none', () => {
  expect(diagnose(aRun([{ gpus: [91, 91] }], { minutes: 130 })).healthy).toBe(
    '2 GPUs 91 % used for 2 h 10 m: nothing stands out.',
  );
  expect(diagnose(aRun([{}], { minutes: 9 })).healthy).toBeUndefined();
  expect(diagnose(aRun([{ gpus: [60], gpuMem: 0.9 }], { minutes: 30 })).healthy).toBeUndefined();
  expect(diagnose(aRun([{ mem: 0.99 }], { minutes: 30 })).healthy).toBeUndefined();
});
