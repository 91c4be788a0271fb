import { expect, test } from 'vitest';
import { gpuMachines } from '../../../src/core/prices/gpuMachines';
import { gpuModelOf, gpuModels } from '../../../src/core/prices/gpuModels';
import { rightSize, type GpuUse, type RunUse } from '../../../src/core/rightSize/rightSize';

const gb = 1e9;
const hour = 3_600_000;

test.each([
  ['NVIDIA A100-SXM4-80GB', 'A100'],
  ['A100-SXM4-40GB', 'A100'],
  ['NVIDIA A100 80GB PCIe', 'A100'],
  ['NVIDIA H100 80GB HBM3', 'H100'],
  ['NVIDIA H100 NVL', 'H100 NVL'],
  ['NVIDIA H200', 'H200'],
  ['Tesla T4', 'T4'],
  ['Tesla V100-SXM2-16GB', 'V100'],
  ['NVIDIA A10G', 'A10G'],
  ['NVIDIA A10', 'A10'],
  ['NVIDIA L4', 'L4'],
  ['NVIDIA L40S', 'L40S'],
  ['NVIDIA GeForce RTX 4090', 'RTX 4090'],
  ['NVIDIA RTX 6000 Ada Generation', 'RTX 6000 Ada'],
  ['AMD Instinct MI300X', 'MI300X'],
  ['NVIDIA A100-SXM4-40GB MIG 1g.5gb', undefined],
  ['NVIDIA A10-8Q', undefined],
  ['GRID T4-16Q', undefined],
  ['NVIDIA GeForce RTX 2080 SUPER', undefined],
  ['A1000', undefined],
  ['', undefined],
])('%s is %s', (name, model) => {
  expect(gpuModelOf(name)).toBe(model);
});

test('every machine of the list has a price, a date and a GPU that is known', () => {
  expect(gpuMachines).toHaveLength(78);
  expect(new Set(gpuMachines.map(({ type }) => type)).size).toBe(78);
  for (const { gpu, hourlyUsd, memoryGb, count, pricesAsOf } of gpuMachines) {
    expect(Object.keys(gpuModels)).toContain(gpu);
    expect(hourlyUsd).toBeGreaterThan(0.1);
    expect(memoryGb).toBeGreaterThanOrEqual(16);
    expect([1, 2, 4, 8, 16]).toContain(count);
    expect(pricesAsOf).toMatch(/^20\d\d-\d\d-\d\d$/);
  }
});

const a100 = { node: 0, name: 'NVIDIA A100-SXM4-80GB', memTotal: 85.9 * gb, used: true };
const h100 = { node: 0, name: 'NVIDIA H100 80GB HBM3', memTotal: 85.5 * gb, used: true };
const t4 = { node: 0, name: 'Tesla T4', memTotal: 16.1 * gb, used: true };
const rtx = { node: 0, name: 'NVIDIA GeForce RTX 4090', memTotal: 25.8 * gb, used: true };
const times = (count: number, gpu: GpuUse): GpuUse[] => Array.from({ length: count }, () => gpu);
const run = (gpus: readonly GpuUse[], more: Partial<RunUse> = {}): RunUse => ({
  ...{ nodes: 1, gpus, duration: 2 * hour },
  ...more,
});

interface Case {
  readonly use: RunUse;
  readonly kind: string;
  readonly types?: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  'a small model on an H100 at low use: a far cheaper type': {
    use: run([{ ...h100, peakMemory: 10 * gb, p95: 6 }], { cloud: 'aws', hourlyUsd: 6.88 }),
    kind: 'cheaper',
    types: ['g4dn.xlarge'],
  },
  'more memory than a T4 keeps free': {
    use: run([{ ...h100, peakMemory: 14 * gb, p95: 6 }], { cloud: 'aws', hourlyUsd: 6.88 }),
    kind: 'cheaper',
    types: ['g6.xlarge'],
  },
  'more speed than an L4 has': {
    use: run([{ ...h100, peakMemory: 14 * gb, p95: 16 }], { cloud: 'aws', hourlyUsd: 6.88 }),
    kind: 'cheaper',
    types: ['g6e.xlarge'],
  },
  'a GPU that is busy fits, however little memory it takes': {
    use: run([{ ...h100, peakMemory: 10 * gb, p95: 97 }], { cloud: 'aws', hourlyUsd: 6.88 }),
    kind: 'fits',
    types: [],
  },
  'a saving below 10 % is not worth it': {
    use: run([{ ...t4, peakMemory: 5 * gb, p95: 60 }], { cloud: 'aws', hourlyUsd: 0.56 }),
    kind: 'fits',
    types: [],
  },
  'GPUs that were not used need not be there': {
    use: run([...times(1, { ...t4, peakMemory: 13.9 * gb, p95: 99 }), ...times(3, { ...t4, used: false })], {
      cloud: 'aws',
      hourlyUsd: 3.912,
    }),
    kind: 'cheaper',
    types: ['g4dn.xlarge'],
  },
  'as many GPUs as were used, on the node that used most': {
    use: run(times(4, { ...t4, peakMemory: 13.9 * gb, p95: 99 }), { cloud: 'aws', hourlyUsd: 7.824 }),
    kind: 'cheaper',
    types: ['g4dn.12xlarge'],
  },
  'the price of one node is what counts': {
    use: run(
      [0, 1, 2, 3].map((node) => ({ ...t4, node, peakMemory: 12 * gb, p95: 90 })),
      { cloud: 'gcp', hourlyUsd: 4 * 0.7, nodes: 4 },
    ),
    kind: 'fits',
    types: [],
  },
  'no list price, so none is compared, but what would do is named': {
    use: run([{ ...a100, peakMemory: 30 * gb, p95: 30 }], { cloud: 'gcp' }),
    kind: 'wouldDo',
    types: ['a2-highgpu-1g'],
  },
  'the list price of the type where the job’s own is not known': {
    use: run([{ ...a100, peakMemory: 30 * gb, p95: 30 }], { cloud: 'gcp', instanceType: 'a2-ultragpu-1g' }),
    kind: 'cheaper',
    types: ['a2-highgpu-1g'],
  },
  'a spot price, which is not compared with list prices': {
    use: run([{ ...a100, peakMemory: 30 * gb, p95: 30 }], { cloud: 'gcp', hourlyUsd: 2.7, spot: true }),
    kind: 'wouldDo',
    types: ['a2-highgpu-1g'],
  },
  'a machine of one’s own: the smallest of each cloud': {
    use: run([{ ...rtx, peakMemory: 12 * gb, p95: 50 }], { hourlyUsd: 0 }),
    kind: 'wouldDo',
    types: ['g6e.xlarge', 'Standard_NC6s_v3', 'a2-highgpu-1g'],
  },
  'out of GPU memory: the next larger': {
    use: run([{ ...t4, peakMemory: 15.9 * gb, p95: 90 }], {
      cloud: 'aws',
      hourlyUsd: 0.526,
      outOfMemory: 'gpu',
    }),
    kind: 'needsMore',
    types: ['g6.xlarge'],
  },
  'out of GPU memory on the largest there is': {
    use: run([{ ...h100, name: 'NVIDIA B300', memTotal: 280 * gb, peakMemory: 270 * gb, p95: 90 }], {
      cloud: 'aws',
      outOfMemory: 'gpu',
    }),
    kind: 'needsMore',
    types: [],
  },
  'out of the machine’s memory': { use: run([], { outOfMemory: 'machine' }), kind: 'needsMachineMemory' },
  'no GPU': { use: run([]), kind: 'unknown' },
  'no GPU that was used': { use: run([{ ...t4, used: false }]), kind: 'unknown' },
  'a GPU without a name': {
    use: run([{ node: 0, memTotal: 1, peakMemory: 1, p95: 1, used: true }]),
    kind: 'unknown',
  },
  'a GPU that is not in the list': {
    use: run([{ ...t4, name: 'Quadro K620', peakMemory: gb, p95: 3 }]),
    kind: 'unknown',
  },
  'GPUs of two types': {
    use: run([
      { ...t4, peakMemory: gb, p95: 3 },
      { ...a100, peakMemory: gb, p95: 3 },
    ]),
    kind: 'unknown',
  },
  'a GPU that did not tell its memory': { use: run([{ ...t4, p95: 3 }]), kind: 'unknown' },
  'one of two that did not tell its use': {
    use: run([
      { ...t4, peakMemory: gb, p95: 3 },
      { ...t4, peakMemory: gb },
    ]),
    kind: 'unknown',
  },
  'more memory than there is': { use: run([{ ...t4, peakMemory: 99 * gb, p95: 3 }]), kind: 'unknown' },
};

test.each(Object.entries(cases))('%s', (_, { use, kind, types }) => {
  const size = rightSize(use);
  expect(size.kind, JSON.stringify(size)).toBe(kind);
  if (types) expect('choices' in size && size.choices.map(({ machine }) => machine.type)).toEqual(types);
});

test('a saving is of all nodes, by the hour and for this run', () => {
  const gpus = [0, 1].map((node) => ({ ...h100, node, peakMemory: 14 * gb, p95: 6 }));
  const size = rightSize(run(gpus, { nodes: 2, cloud: 'aws', hourlyUsd: 13.76 }));
  const saves = 'choices' in size ? size.choices[0]?.saves : undefined;
  expect(saves?.perHour).toBeCloseTo(2 * (6.88 - 0.8048));
  expect(saves?.perRun).toBeCloseTo(4 * (6.88 - 0.8048));
});

test('an A100 with 40 GB is slower than one with 80', () => {
  const on = (p95: number) => {
    const size = rightSize(run([{ ...a100, peakMemory: 30 * gb, p95 }], { cloud: 'gcp', hourlyUsd: 5.07 }));
    return 'choices' in size && size.choices.map(({ machine }) => machine.type);
  };
  expect(on(76)).toEqual(['a2-highgpu-1g']);
  expect(on(77)).toEqual([]);
});

test('no saving is claimed where the present price is not known', () => {
  const size = rightSize(run([{ ...rtx, peakMemory: 12 * gb, p95: 50 }], { hourlyUsd: 0 }));
  expect('choices' in size && size.choices.every(({ saves }) => saves === undefined)).toBe(true);
});

test('what is worse about a cheaper type is said', () => {
  const caveats = (use: RunUse) => {
    const size = rightSize(use);
    return 'choices' in size ? (size.choices[0]?.caveats.join('\n') ?? '') : '';
  };
  const small = caveats(run([{ ...a100, peakMemory: 9 * gb, p95: 12 }], { cloud: 'aws', hourlyUsd: 5 }));
  expect(small).toContain('320 GB/s, this A100 has 2,039');
  expect(small).toContain('T4 (Turing) has no bfloat16');
  expect(small).toContain('Turing in place of Ampere');
  expect(small).not.toContain('NVLink');
  const four = caveats(
    run(times(4, { ...a100, peakMemory: 9 * gb, p95: 12 }), { cloud: 'aws', hourlyUsd: 20 }),
  );
  expect(four).toContain('NVLink');
});
