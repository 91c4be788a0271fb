import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import fc from 'fast-check';
import { findFailure, type Failure, type FailedExit } from '../../../src/core/failure/failure';

const exited: FailedExit = { code: 1, reason: 'run exited with code 1', node: 0 };

/** What real programs wrote: Python 3.11, PyTorch 2.13 with torchrun, dash and bash. */
function logged(name: string): string[] {
  const path = new URL(`../../fixtures/failures/${name}.log`, import.meta.url);
  return readFileSync(path, 'utf8').replace(/\n$/, '').split('\n');
}

interface Case {
  readonly log: string;
  readonly exit?: FailedExit;
  readonly reason: string | RegExp;
  readonly error?: string | RegExp | null;
  readonly rank?: number;
  readonly signal?: string;
  /** `file:line function` of the last frame. */
  readonly where?: string | null;
  readonly firstLine?: number;
  readonly lastLine?: string | RegExp;
  readonly hint?: RegExp;
}

const cases: Readonly<Record<string, Case>> = {
  'a plain traceback': {
    log: 'plain',
    reason: /^json\.decoder\.JSONDecodeError: Expecting value/,
    error: /^json\.decoder\.JSONDecodeError/,
    where: '/usr/lib/python3.11/json/decoder.py:355 raw_decode',
    firstLine: 1,
  },
  'a chain of exceptions, from its first traceback on': {
    log: 'chained',
    reason: /^FileNotFoundError/,
    where: '/home/ana/digits/chained.py:9 g',
    firstLine: 0,
    lastLine: /^FileNotFoundError/,
    hint: /workdir/,
  },
  'an exception group, by its first member': {
    log: 'group',
    reason: 'ValueError: one',
    where: '/home/ana/digits/group.py:2 a',
    firstLine: 0,
  },
  'the rank that torchrun names, not the one that lost its connection': {
    log: 'ddp',
    reason: /^RuntimeError: mat1 and mat2/,
    rank: 1,
    where: '/home/ana/digits/ddp.py:6 <module>',
    firstLine: 6,
    lastLine: /^\[rank1\]: RuntimeError/,
  },
  'lines that torchrun prefixed as well': {
    log: 'tee',
    reason: /^RuntimeError: mat1 and mat2/,
    rank: 1,
    where: '/home/ana/digits/ddp.py:6 <module>',
  },
  'a rank that was killed, which wrote nothing': {
    log: 'kill',
    reason: /SIGKILL.*memory/,
    error: null,
    rank: 1,
    signal: 'SIGKILL',
    where: null,
    hint: /num_workers/,
  },
  'a collective that timed out': {
    log: 'timeout',
    reason: /timed out/,
    rank: 0,
    hint: /other nodes and ranks/,
  },
  'the NCCL watchdog under torchrun: rank, collective and time, though the process then aborted': {
    log: 'watchdog',
    reason: 'Rank 1 waited 600 s in ALLREDUCE (number 842) for another rank, and gave up.',
    rank: 1,
    signal: 'SIGABRT',
    hint: /Ranks 1, 3 all waited in it: look at the ranks that did not/,
  },
  'watchdogs that waited in different collectives': {
    log: 'watchdogmismatch',
    reason: 'Rank 2 waited 1,800 s in BROADCAST (number 41) for another rank, and gave up.',
    error: /^torch\.distributed\.DistBackendError/,
    rank: 2,
    where: '/workspace/train.py:88 <module>',
    hint: /Rank 2 was in BROADCAST \(number 41\) while rank 0 was in ALLREDUCE \(number 42\)/,
  },
  'InfiniBand that broke, named below the error': {
    log: 'infiniband',
    reason: 'NCCL lost the InfiniBand connection to another node.',
    rank: 4,
    hint: /NCCL_IB_DISABLE=1/,
  },
  'CUDA out of memory, with its numbers': {
    log: 'cuda',
    reason: 'GPU 2 ran out of memory: 2.00 GiB more were asked for, and 1.25 GiB of 79.10 GiB were free.',
    rank: 2,
    where: '/opt/ml/code/models/net.py:19 forward',
    hint: /6\.20 GiB are reserved but unused: set PYTORCH_CUDA_ALLOC_CONF/,
  },
  'lines that mpirun tagged, those of other ranks between them': {
    log: 'mpi',
    reason: 'ValueError: empty shard',
    rank: 9,
    where: '/opt/ml/code/train.py:14 <module>',
  },
  'a process that the kernel killed for its memory': {
    log: 'oomkill',
    exit: { code: 137, reason: 'run exited with code 137' },
    reason: 'The machine ran out of memory, and the system killed python3, which held 65 GB.',
    signal: 'SIGKILL',
    hint: /num_workers/,
  },
  "SLURM's word on memory, with the first task that it names": {
    log: 'slurm',
    reason: /ran out of memory, and the system killed/,
    rank: 5,
  },
  "SLURM's time limit": { log: 'slurmtime', reason: 'It reached the time limit of its SLURM job.' },
  'Python out of memory': { log: 'memory', reason: 'The machine ran out of memory.', error: 'MemoryError' },
  'a missing module': {
    log: 'module',
    reason: 'The Python module nopackage is not installed where the job ran.',
    hint: /pip install nopackage/,
  },
  'a port that is taken': { log: 'port', reason: /port .* already taken/, hint: /MASTER_PORT/ },
  'a full disk': { log: 'space', reason: 'The disk is full.', hint: /disk_size/ },
  'a syntax error, which has no traceback': {
    log: 'syntax',
    reason: 'SyntaxError: invalid syntax',
    where: '/home/ana/digits/syntax.py:1 ',
    firstLine: 0,
  },
  'a thread that failed': {
    log: 'thread',
    reason: 'RuntimeError: in thread',
    where: '/home/ana/digits/thread.py:2 work',
  },
  "a DataLoader worker, by its own traceback inside of its parent's": {
    log: 'worker',
    reason: 'OSError: cannot read image 5',
    where: '/home/ana/digits/worker.py:6 __getitem__',
    firstLine: 2,
  },
  'a crash that faulthandler saw, its frames turned round': {
    log: 'segv',
    exit: { signal: 'SIGSEGV', reason: 'run was killed by SIGSEGV', node: 0 },
    reason: /segmentation fault/,
    signal: 'SIGSEGV',
    where: '/usr/lib/python3.11/ctypes/__init__.py:519 string_at',
    firstLine: 0,
  },
  'a command that dash did not find': {
    log: 'notfound',
    exit: { code: 127, reason: 'run exited with code 127 (a command was not found)' },
    reason: 'The command torchrunx was not found.',
    hint: /PATH/,
  },
  'a command that bash did not find': { log: 'notfoundbash', reason: 'The command torchrunx was not found.' },
  'a script that may not be executed': {
    log: 'denied',
    exit: { code: 126, reason: 'run exited with code 126 (a command could not be executed)' },
    reason: /\.\/plain\.py .*permission denied/,
    hint: /chmod \+x/,
  },
  'a script that is not there': {
    log: 'nofile',
    reason: /no file \/home\/ana\/digits\/nofile\.py/,
    hint: /workdir/,
  },
};

test.each(Object.entries(cases))('%s', (_, wanted) => {
  check(findFailure(wanted.exit ?? exited, logged(wanted.log), 0), wanted);
});

function check(failure: Failure, wanted: Omit<Case, 'log' | 'exit'>): void {
  expect(failure.reason).toMatch(wanted.reason);
  if (typeof wanted.reason === 'string') expect(failure.reason).toBe(wanted.reason);
  if (wanted.error === null) expect(failure.error).toBeUndefined();
  else if (wanted.error !== undefined) expect(failure.error).toMatch(wanted.error);
  expect(failure.rank).toBe(wanted.rank);
  if (wanted.signal !== undefined) expect(failure.signal).toBe(wanted.signal);
  const last = failure.frames.at(-1);
  if (wanted.where === null) expect(last).toBeUndefined();
  else if (wanted.where !== undefined)
    expect(last && `${last.file}:${last.line} ${last.function}`).toBe(wanted.where);
  if (wanted.firstLine !== undefined) expect(failure.firstLine).toBe(wanted.firstLine);
  if (wanted.lastLine !== undefined) expect(failure.lines.at(-1)).toMatch(wanted.lastLine);
  if (wanted.hint) expect(failure.hints.join('\n')).toMatch(wanted.hint);
  expect(failure.lines.length).toBeLessThanOrEqual(60);
}

const traceback = (error: string) => [
  'Traceback (most recent call last):',
  '  File "train.py", line 7, in <module>',
  '    step()',
  error,
];

const sayings: Readonly<Record<string, Omit<Case, 'log'> & { readonly lines: readonly string[] }>> = {
  'CUDA out of memory': {
    lines: traceback(
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.10 GiB',
    ),
    reason: 'GPU 0 ran out of memory: 2.00 GiB more were asked for, and it has 79.10 GiB.',
    hint: /smaller batch/,
  },
  'the NCCL watchdog, which writes no traceback': {
    lines: [
      '[rank1]:[E1124 10:15:03.1 ProcessGroupNCCL.cpp:616] [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=42, OpType=ALLREDUCE, Timeout(ms)=600000) ran for 600021 milliseconds before timing out.',
      'terminate called after throwing an instance of',
    ],
    exit: { signal: 'SIGABRT', reason: 'run was killed by SIGABRT' },
    reason: 'Rank 1 waited 600 s in ALLREDUCE (number 42) for another rank, and gave up.',
    rank: 1,
    signal: 'SIGABRT',
  },
  'CUDA out of memory as PyTorch 1 said it': {
    lines: traceback(
      'RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 15.78 GiB total capacity; 14.56 GiB already allocated; 38.44 MiB free; 14.59 GiB reserved in total by PyTorch)',
    ),
    reason: 'GPU 0 ran out of memory: 20.00 MiB more were asked for, and 38.44 MiB of 15.78 GiB were free.',
  },
  'NCCL without a network': {
    lines: [
      ...traceback(
        'torch.distributed.DistBackendError: NCCL error in: NCCLUtils.hpp:77, unhandled system error (run with NCCL_DEBUG=INFO for details), NCCL version 2.26.2',
      ),
      'ncclSystemError: System call (e.g. socket, malloc) or external library call failed or device error.',
      'Last error:',
      'socketStartConnect: Connect to 172.17.0.1<43211> failed : Software caused connection abort',
    ],
    reason: 'NCCL could not use the network between the GPUs (unhandled system error).',
    hint: /NCCL_SOCKET_IFNAME/,
  },
  'a rank that failed by itself while the watchdogs of others waited': {
    lines: [
      ...traceback('ValueError: bad shard').map((line) => `[rank3]: ${line}`),
      '[rank1]:[E1 ProcessGroupNCCL.cpp:684] [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=4, OpType=ALLREDUCE, Timeout(ms)=600000) ran for 600021 milliseconds before timing out.',
    ],
    exit: { signal: 'SIGABRT', reason: 'run was killed by SIGABRT' },
    reason: 'ValueError: bad shard',
    rank: 3,
  },
  'a traceback in colours': {
    lines: traceback('\u001b[1;35mValueError\u001b[0m: \u001b[35mbad\u001b[0m').map(
      (line) => `\u001b[0m${line}`,
    ),
    reason: 'ValueError: bad',
    where: 'train.py:7 <module>',
  },
  'SIGKILL with nothing else said': {
    lines: ['epoch 1', 'epoch 2'],
    exit: { signal: 'SIGKILL', reason: 'run was killed by SIGKILL' },
    reason: /SIGKILL, most likely because the machine ran out of memory/,
    signal: 'SIGKILL',
    firstLine: 0,
  },
  "a shell's 137": {
    lines: ['Killed'],
    exit: { code: 137, reason: 'run exited with code 137' },
    reason: /SIGKILL/,
    signal: 'SIGKILL',
  },
  'a missing torchrun': {
    lines: ['run.sh: 3: torchrun: not found'],
    exit: { code: 127, reason: 'run exited with code 127' },
    reason: 'The command torchrun was not found.',
    hint: /pip install torch/,
  },
  'a missing python3': {
    lines: ['bash: line 3: python3: command not found'],
    reason: /python3 was not found/,
    hint: /Install Python/,
  },
  'a web error that is no missing command': {
    lines: traceback('requests.HTTPError: 404: not found'),
    reason: 'requests.HTTPError: 404: not found',
  },
  'no word at all': { lines: [], reason: 'Run exited with code 1.', where: null },
  'an end that was wanted, whatever the job wrote then': {
    lines: traceback('KeyboardInterrupt'),
    exit: { reason: 'max_duration of 2 h reached', signal: 'SIGTERM', madeTo: true },
    reason: 'max_duration of 2 h reached.',
    error: null,
    where: null,
  },
  'only the echo of another node': {
    lines: traceback('RuntimeError: [pair.cc:553] Connection closed by peer [10.0.0.2]:16286'),
    reason: /Another process of the job ended/,
  },
};

test.each(Object.entries(sayings))('%s', (_, { lines, ...wanted }) => {
  check(findFailure(wanted.exit ?? exited, lines, 0), wanted);
});

test('of several tracebacks the last counts, since the others were survived', () => {
  const lines = [...traceback('ValueError: tried again'), 'going on', ...traceback('KeyError: 1'), ''];
  expect(findFailure(exited, lines, 100)).toMatchObject({ error: 'KeyError: 1', firstLine: 105 });
});

test('a traceback that the job survived long before it was killed is not the reason', () => {
  const lines = [
    ...traceback('ValueError: skipped a bad file'),
    ...Array.from({ length: 500 }, (_, i) => `step ${i}`),
  ];
  const failure = findFailure({ signal: 'SIGKILL', reason: 'killed' }, lines, 0);
  expect(failure.reason).toContain('SIGKILL');
  expect(failure.lines).toEqual(lines.slice(-20));
});

test('without a traceback the last 20 lines are shown, without the empty ones at the end', () => {
  const lines = [...Array.from({ length: 50 }, (_, i) => `line ${i}`), '', ''];
  const failure = findFailure(exited, lines, 1000);
  expect(failure.lines).toEqual(lines.slice(30, 50));
  expect(failure.firstLine).toBe(1030);
});

test('a traceback of a thousand frames keeps its error', () => {
  const deep = Array.from({ length: 1000 }, (_, i) => [
    `  File "deep.py", line ${i}, in f`,
    '    f()',
  ]).flat();
  const lines = [
    'Traceback (most recent call last):',
    ...deep,
    'RecursionError: maximum recursion depth exceeded',
  ];
  const failure = findFailure(exited, lines, 0);
  expect(failure.lines).toHaveLength(60);
  expect(failure.lines.at(-1)).toContain('RecursionError');
  expect(failure.firstLine).toBe(lines.length - 60);
  expect(failure.frames.at(-1)?.line).toBe(999);
});

test('whatever a log holds, finding the failure ends soon, throws nothing and shows lines of the log', () => {
  const pieces = fc.constantFrom(
    'Traceback (most recent call last):',
    '  File "a.py", line 1, in f',
    'ValueError: x',
    '  + Exception Group Traceback (most recent call last):',
    '  | ',
    '+-+---- 1 ----',
    '[rank1]: ',
    '[default0]:',
    'Root Cause (first observed failure):',
    '  rank : 1',
    '  exitcode : -9',
    'Fatal Python error: x',
    'SyntaxError: y',
    'During handling of the above exception, another exception occurred:',
    '\u001b[31m',
    '\u001b]8;;',
    'DataLoader worker '.repeat(200),
    '',
  );
  const line = fc.oneof(
    pieces,
    fc.string(),
    fc.array(pieces, { maxLength: 4 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), fc.nat(1000), (lines, first) => {
      const failure = findFailure(exited, lines, first);
      const from = (failure.firstLine ?? first) - first;
      expect(failure.lines).toEqual(lines.slice(from, from + failure.lines.length));
    }),
    { numRuns: 500 },
  );
});
