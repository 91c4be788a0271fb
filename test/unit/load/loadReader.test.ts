import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoadReader } from '../../../src/core/load/loadReader';
import { gpuUse } from '../../../src/core/load/machineLoad';

const uuid = (n: number) => `GPU-${n}`;
const about = [
  'S {"every":2,"name":"gpu-1","system":"Linux 6.8"}',
  'U',
  'u ana pts/0        2026-11-26 01:00 (10.0.0.5)',
  'F index,uuid,name,memory.total,power.limit,driver_version,mig.mode.current',
  `C 0, ${uuid(0)}, NVIDIA A100, 40960, 400.00, 590.48, Disabled`,
  `C 1, ${uuid(1)}, NVIDIA A100, 40960, 400.00, 590.48, Enabled`,
  'L GPU 0: NVIDIA A100 (UUID: GPU-0)',
  'L GPU 1: NVIDIA A100 (UUID: GPU-1)',
  'L   MIG 3g.20gb     Device  0: (UUID: MIG-1)',
  'Q index,utilization.gpu,utilization.memory,memory.used,temperature.gpu,power.draw,clocks_event_reasons.gpu_idle',
  'X works',
];
const sample = (t: number, ...rows: string[]) => [
  `H {"t":${t},"cpu":12.5,"cores":[1,24],"up":3600}`,
  ...rows,
  '.',
];
const row = (index: number) => `G ${index}, 88, 41, 31000, 67, 380.00, Not Active`;

function read(lines: readonly string[]): LoadReader {
  const reader = new LoadReader();
  for (const line of lines) reader.take(line);
  return reader;
}

describe('a machine’s stream', () => {
  it('becomes samples with all that is known of each GPU', () => {
    const { load } = read([
      ...about,
      ...sample(1000, row(0), 'G 1, [N/A], [N/A], 17000, 36, 295.01, Not Active'),
    ]);
    expect(load).toMatchObject({
      t: 1000,
      host: { name: 'gpu-1', system: 'Linux 6.8', values: { cpu: 12.5, up: 3600 }, cores: [1, 24] },
      tool: { state: 'works' },
      users: [{ user: 'ana', from: 'pts/0 2026-11-26 01:00 (10.0.0.5)' }],
      gpus: [
        {
          index: 0,
          name: 'NVIDIA A100',
          driver: '590.48',
          instances: [],
          values: { util: 88, temp: 67, powerLimit: 400 },
        },
        { index: 1, instances: ['3g.20gb'], busy: true, values: { memUsed: 17000 * 1_048_576 } },
      ],
    });
    expect(load?.gpus.map(gpuUse)).toEqual([88, 'used']);
  });

  it('tells a sample only once it is whole', () => {
    const reader = read([...about, ...sample(1000, row(0))]);
    expect(reader.take('H {"t":3000}')).toBe(false);
    expect(reader.load?.t).toBe(1000);
    expect(reader.take('.')).toBe(true);
    expect(reader.load?.t).toBe(3000);
  });

  it('may begin in the middle of a line and of a sample', () => {
    const reader = read(['88, 41, 31000', row(0), '.', ...sample(5)]);
    expect(reader.load).toMatchObject({ t: 5, gpus: [] });
  });

  it('keeps a GPU whose row is late, and says nothing of one that stays away', () => {
    const reader = read([...about, ...sample(1000, row(0), row(1)), ...sample(3000, row(0))]);
    expect(reader.load?.gpus[1]?.values.util).toBe(88);
    for (const line of [...sample(5000, row(0)), ...sample(7000, row(0))]) reader.take(line);
    expect(reader.load?.gpus[1]).toMatchObject({ index: 1, values: { memTotal: 40960 * 1_048_576 } });
    expect(reader.load?.gpus[1]?.values).not.toHaveProperty('util');
    expect(reader.load?.gpus[1]).not.toHaveProperty('t');
  });

  it('joins a process on a GPU with who it is on the machine', () => {
    const { load } = read([
      ...about,
      'D 42 777 1764000000000 ana python train.py --lr 0.1',
      'P',
      `p ${uuid(1)}, 42, python, 1024`,
      `p ${uuid(0)}, 43, /usr/bin/python3, [N/A]`,
      ...sample(1),
    ]);
    expect(load?.processes).toEqual([
      {
        pid: 42,
        gpu: 1,
        name: 'python',
        memUsed: 1024 * 1_048_576,
        identity: {
          start: '777',
          startedAt: 1764000000000,
          user: 'ana',
          command: 'python train.py --lr 0.1',
        },
      },
      { pid: 43, gpu: 0, name: '/usr/bin/python3' },
    ]);
  });

  it('does not take another program with the pid for the one on the GPU', () => {
    const { load } = read([
      ...about,
      'D 42 777 1 root /usr/sbin/cron -f',
      'P',
      `p ${uuid(0)}, 42, python, 1`,
      ...sample(1),
    ]);
    expect(load?.processes?.[0]).not.toHaveProperty('identity');
  });

  it('knows no processes where nobody can tell, which is not the same as none', () => {
    expect(read([...about, 'P', ...sample(1)]).load?.processes).toEqual([]);
    expect(read([...about, 'P ?', ...sample(1)]).load).not.toHaveProperty('processes');
    expect(read([...about, 'P', `p ${uuid(0)}, 4, a, 1`, 'X silent', ...sample(1)]).load).not.toHaveProperty(
      'processes',
    );
  });

  it.each([
    ['X none', { state: 'none' }],
    ['X asks', { state: 'asked' }],
    ['X silent', { state: 'silent' }],
    ['X failed 9 NVIDIA-SMI has failed', { state: 'failed', words: 'NVIDIA-SMI has failed' }],
    ['X failed 9', { state: 'failed' }],
    ['X constructor', { state: 'asked' }],
  ])('says how the tool is: %s', (line, tool) => {
    expect(read([...about, line, ...sample(1)]).load?.tool).toEqual(tool);
  });

  it('passes on what a working tool complains of', () => {
    const words = 'Unable to determine the device handle for GPU0000:17:00.0: Unknown Error';
    expect(read([...about, `W ${words}`, ...sample(1)]).load?.tool).toEqual({ state: 'works', words });
    expect(read([...about, `W ${words}`, 'W', ...sample(1)]).load?.tool).toEqual({ state: 'works' });
  });

  it('reads AMD’s JSON', () => {
    const { load } = read(['S {}', 'X works', 'H {"t":1}', 'A rocm-smi {"card0":{"GPU use (%)":"19"}}', '.']);
    expect(load?.gpus).toMatchObject([{ index: 0, values: { util: 19 } }]);
  });

  it('keeps no more than a machine can have', () => {
    const many = Array.from({ length: 5000 }, (_, i) => [
      `G ${i}, 1, 1, 1, 1, 1, Active`,
      `p GPU-0, ${i + 1}, a, 1`,
      `u user${i} x`,
      `D ${i + 1} 1 1 a b`,
    ]);
    const { load } = read([...about, 'P', 'H {"t":1}', ...many.flat(), '.']);
    expect(load?.gpus.length).toBeLessThanOrEqual(256);
    expect(load?.processes).toHaveLength(2000);
    expect(load?.users).toHaveLength(100);
  });

  it('never throws, whatever comes', () => {
    const line = fc.tuple(
      fc.constantFrom('', ...Array.from('SFCLQXWPpDUuHGA.')),
      fc.string({ unit: 'binary', maxLength: 200 }),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const reader = read(about);
        for (const [tag, text] of lines) reader.take(tag === '' ? text : `${tag} ${text}`);
        expect(reader.load === undefined || Number.isFinite(reader.load.t)).toBe(true);
      }),
    );
  });
});
