import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAmdJson } from '../../../src/core/load/amdJson';
import { parseComputeApp, parseGpuRow, parseListed, plainNumber } from '../../../src/core/load/nvidiaRows';
import { sameProgram } from '../../../src/core/load/sameProgram';
import { monitoredProcesses, parseSmiTable } from '../../../src/core/load/smiTable';
import { dcgmUse, parseDcgm } from './dcgm';

const folder = 'test/fixtures/gpu/';
const read = (name: string) => readFileSync(folder + name, 'utf8');
const lines = (name: string) =>
  read(name)
    .split('\n')
    .filter((line) => line !== '');
const MiB = 1_048_576;

/** The columns of `query-gpu.*`; see SOURCE.md. */
const fields =
  'index,uuid,name,utilization.gpu,utilization.memory,memory.used,memory.total,temperature.gpu,power.draw,power.limit,pstate,clocks_event_reasons.gpu_idle'.split(
    ',',
  );
const rows = (name: string) => lines(name).map((line) => parseGpuRow(fields, line));

describe('every sample of a GPU tool', () => {
  it.each(readdirSync(folder).filter((name) => name !== 'SOURCE.md'))('%s is read', (name) => {
    const reader = Object.entries(readers).find(([start]) => name.startsWith(start))?.[1];
    expect(reader?.(name)).toBeDefined();
  });

  const readers: Record<string, (name: string) => unknown> = {
    'query-gpu': (name) => rows(name)[0],
    'compute-apps.idle': (name) => (lines(name).length === 0 ? [] : undefined),
    'compute-apps': (name) => lines(name).map(parseComputeApp)[0],
    'list-L': (name) => parseListed(read(name).split('\n')[0] ?? ''),
    pmon: (name) => parseSmiTable(read(name))[0],
    dmon: (name) => parseSmiTable(read(name))[0],
    'rocm-smi': (name) => parseAmdJson(read(name))[0],
    dcgm: (name) => parseDcgm(read(name))[0],
    // Words and no rows: nothing may be read out of them.
    'no-': (name) => (rows(name).every((row) => row === undefined) ? name : undefined),
    nvml: (name) => (rows(name).every((row) => row === undefined) ? name : undefined),
    'invalid-field': (name) => (rows(name).every((row) => row === undefined) ? name : undefined),
  };
});

describe('a row of nvidia-smi', () => {
  it('has what was measured, in bytes and percent', () => {
    expect(rows('query-gpu.h200-load.csv')).toEqual([
      {
        index: 0,
        uuid: 'GPU-00000000-0000-0000-0000-000000000000',
        name: 'NVIDIA H200',
        busy: true,
        values: {
          util: 100,
          memUtil: 7,
          memUsed: 32362 * MiB,
          memTotal: 143771 * MiB,
          temp: 52,
          power: 627.4,
          powerLimit: 700,
        },
      },
    ]);
  });

  it('of a GPU that is split has no use, and whether it computes', () => {
    expect(rows('query-gpu.mig-load.csv')[0]).toMatchObject({ busy: true, values: { power: 295.01 } });
    expect(rows('query-gpu.mig-idle.csv')[0]).toMatchObject({ busy: false });
    expect(rows('query-gpu.mig-load.csv')[0]?.values).not.toHaveProperty('util');
  });

  it('of an old driver leaves out what it does not support', () => {
    const [row] = rows('query-gpu.old-driver-not-supported.csv');
    expect(row?.values).toEqual({ util: 0, memUtil: 0, memUsed: 0, memTotal: 2004 * MiB, temp: 44 });
  });

  it('of a broken GPU has its name and nothing else, and the others are whole', () => {
    const [good, bad] = rows('query-gpu.one-gpu-error.csv');
    expect(good?.values.util).toBe(98);
    expect(bad).toMatchObject({ index: 1, name: 'NVIDIA A100-SXM4-80GB', values: {} });
    expect(bad).not.toHaveProperty('busy');
  });

  it('is not made of the words about a lost GPU', () => {
    expect(rows('query-gpu.gpu-lost.stdout').map((row) => row?.index)).toEqual([0, undefined]);
  });

  it('may have a name with commas', () => {
    const line = '3, GPU-3, Graphics, Device, rev, 5, 1, 2, 4, 30, 40, 50, P0, Active';
    expect(parseGpuRow(fields, line)).toMatchObject({
      name: 'Graphics, Device, rev',
      values: { util: 5, temp: 30 },
    });
  });

  it.each([
    ['', undefined],
    ['-', undefined],
    ['N/A', undefined],
    ['[N/A]', undefined],
    ['[Not Supported]', undefined],
    ['[Unknown Error]', undefined],
    ['[Insufficient Permissions]', undefined],
    ['[Requested functionality has been deprecated]', undefined],
    ['nan', undefined],
    ['1e9', undefined],
    ['-5', undefined],
    ['0x10', undefined],
    ['5 %', undefined],
    ['9999999999999999', undefined],
    ['0', 0],
    ['7', 7],
    ['627.40', 627.4],
  ])('takes %j for %j', (token, number) => {
    expect(plainNumber(token)).toBe(number);
    const line = `0, GPU-0, A, ${token}, ${token}, ${token}, 1, ${token}, ${token}, 2, P0, ${token}`;
    const values = parseGpuRow(fields, line)?.values;
    expect(values?.util).toBe(number);
    expect(values?.temp).toBe(number);
  });

  it.each([
    '',
    'x',
    '0',
    '0, a',
    ', , , ,',
    'index, uuid',
    '-1, GPU-1',
    '0;1',
    '4096, GPU-0, A, 1, 1, 1, 1, 1, 1, 1, P0, Active',
  ])('is not %j', (line) => {
    expect(parseGpuRow(fields, line)).toBeUndefined();
  });
});

describe('processes on GPUs', () => {
  it('are listed with their memory', () => {
    expect(lines('compute-apps.load.csv').map(parseComputeApp)).toEqual([
      {
        uuid: 'GPU-00000000-0000-0000-0000-000000000000',
        pid: 10291,
        name: '/root/tools/memhog',
        memUsed: 2566 * MiB,
      },
      {
        uuid: 'GPU-00000000-0000-0000-0000-000000000000',
        pid: 10309,
        name: './gpu_burn',
        memUsed: 28234 * MiB,
      },
    ]);
  });

  it('that the driver tells little of keep what it tells', () => {
    expect(lines('compute-apps.odd.csv').map(parseComputeApp)).toEqual([
      { uuid: 'GPU-00000000-0000-0000-0000-000000000000', pid: 2056, name: 'C:\\Windows\\System32\\dwm.exe' },
      { uuid: 'GPU-00000000-0000-0000-0000-000000000000', pid: 12332 },
      { uuid: 'GPU-00000000-0000-0000-0000-000000000000', pid: 4711, memUsed: 1024 * MiB },
    ]);
  });

  it('may have commas and spaces in their names', () => {
    expect(parseComputeApp('GPU-1, 7, C:\\Program Files\\a, b.exe, 12')).toMatchObject({
      name: 'C:\\Program Files\\a, b.exe',
      memUsed: 12 * MiB,
    });
  });

  it.each([
    [
      'pmon.h200-load.txt',
      [
        { gpu: 0, pid: 10291, command: 'memhog' },
        { gpu: 0, pid: 10309, command: 'gpu_burn' },
      ],
    ],
    [
      'pmon.mig-load.txt',
      [
        { gpu: 0, pid: 12249, command: 'memhog' },
        { gpu: 0, pid: 12267, command: 'gpu_burn' },
      ],
    ],
    ['pmon.idle.txt', []],
    ['pmon.550-with-fb-ccpm.txt', [{ gpu: 0, pid: 1864615, memUsed: 1635 * MiB, command: 'python' }]],
    [
      'pmon.pre550-with-fb.txt',
      [
        { gpu: 0, pid: 447153, memUsed: 7669 * MiB, command: 'python3.9' },
        { gpu: 1, pid: 2233095, memUsed: 24395 * MiB, command: 'python3' },
      ],
    ],
  ])('of %s are told by the names of their columns', (name, expected) => {
    expect(monitoredProcesses(read(name))).toEqual(expected);
  });

  it.each([
    ['python', '/usr/bin/python train.py', true],
    ['/opt/venv/bin/python3', 'python3 -m torch.distributed.run', true],
    ['./gpu_burn', './gpu_burn 60', true],
    ['ray::Trainer.fit', 'ray::Trainer.fit', true],
    [undefined, 'python train.py', true],
    ['python3', 'sshd: ana [priv]', false],
    ['/usr/bin/python3', '/usr/sbin/cron -f', false],
  ])('called %j by the driver may be %j: %j', (name, command, same) => {
    expect(sameProgram(name, command)).toBe(same);
  });
});

describe('other tools', () => {
  it('dmon tells the use of each GPU, and a dash where MIG hides it', () => {
    expect(parseSmiTable(read('dmon.h200-load.txt')).map((row) => row.get('sm'))).toEqual(['100', '100']);
    expect(parseSmiTable(read('dmon.mig-load.txt'))[0]?.has('sm')).toBe(false);
  });

  it('DCGM tells what a MIG instance computes where the use is missing', () => {
    expect([...dcgmUse(read('dcgm.prom'))]).toEqual([
      ['0', expect.closeTo(96.12, 1)],
      ['1/7', expect.closeTo(14.3)],
    ]);
  });

  it('`nvidia-smi -L` lists instances, also in its old way', () => {
    const profiles = (name: string) =>
      read(name)
        .split('\n')
        .flatMap((line) => {
          const one = parseListed(line);
          return one?.kind === 'instance' ? [one.profile] : [];
        });
    expect(profiles('list-L.mig.txt')).toEqual(['1c.3g.71gb', '2g.35gb', '1g.18gb']);
    expect(profiles('list-L.mig-old.txt')).toEqual(['3g.20gb', '3g.20gb']);
  });

  it('rocm-smi’s strings are numbers, whatever its keys are called, and its words are none', () => {
    expect(parseAmdJson(read('rocm-smi.json'))).toEqual([
      {
        index: 0,
        name: 'Radeon RX 7900 XT',
        values: { util: 0, memUsed: 27856896, memTotal: 21458059264, temp: 31, power: 22 },
      },
      {
        index: 1,
        name: 'Radeon RX 7900 XT',
        values: { util: 19, memUsed: 18668511232, memTotal: 21458059264, temp: 61, power: 207.222 },
      },
      { index: 2, values: { temp: 77 } },
    ]);
  });

  it('amd-smi is read in its old and its new wrapping', () => {
    const gpu = {
      gpu: 0,
      usage: { gfx_activity: { value: 42, unit: '%' }, umc_activity: 'N/A' },
      power: { socket_power: { value: 310, unit: 'W' } },
      temperature: { edge: 'N/A', hotspot: { value: 55, unit: 'C' } },
      mem_usage: { total_vram: { value: 65520, unit: 'MB' }, used_vram: { value: 283, unit: 'MB' } },
    };
    const expected = [
      { index: 0, values: { util: 42, memUsed: 283e6, memTotal: 65520e6, temp: 55, power: 310 } },
    ];
    expect(parseAmdJson(JSON.stringify([gpu]))).toEqual(expected);
    expect(parseAmdJson(JSON.stringify({ gpu_data: [gpu] }))).toEqual(expected);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '[1]',
    '{"card0":null}',
    '{"cardX":{}}',
    '{"__proto__":{}}',
    '{"gpu_data":[{"gpu":"0"}]}',
  ])('nothing is read out of %j', (text) => {
    expect(parseAmdJson(text)).toEqual([]);
  });
});
