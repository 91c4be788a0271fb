import { expect, test } from 'vitest';
import { isAccelerator } from '../../../../src/providers/launched/accelerator';
import { fit } from '../../../../src/providers/launched/fit';
import { parseGpus, type Hardware } from '../../../../src/providers/launched/hardware';
import { readJob } from '../../../fakes/jobSpec';

const gb = 1024;
const h100 = 'NVIDIA H100 80GB HBM3';

function machine(names: readonly string[] = [], more: Partial<Hardware> = {}): Hardware {
  const text = names.map((name, index) => `${index}, ${name}, ${80 * gb}`).join('\n');
  return { cpus: 4, memoryBytes: 16 * 2 ** 30, gpus: parseGpus(text), ...more };
}

const tryFit = (resources: string, on: Hardware, nodes = 1, nodeUsd = 0) =>
  fit(
    readJob(`num_nodes: ${nodes}\nresources: ${resources}\nrun: echo`).spec,
    'local',
    [{ name: 'this computer', nodes, hardware: on }],
    nodeUsd,
  );

test.each([
  ['NVIDIA A100-SXM4-80GB', 81920, 'A100', true],
  ['NVIDIA A100-SXM4-80GB', 81920, 'A100-80GB', true],
  ['NVIDIA A100-SXM4-80GB', 81920, 'a100-80gb-sxm', true],
  ['NVIDIA A100-SXM4-40GB', 40960, 'A100-80GB', false],
  ['NVIDIA A10', 23028, 'A100', false],
  ['NVIDIA A100-PCIE-40GB', 40960, 'A10', false],
  [h100, 81559, 'H100', true],
  [h100, 81559, 'H100-SXM', true],
  ['NVIDIA H200', 143771, 'H100', false],
  ['NVIDIA GeForce RTX 4090', 24564, 'RTX4090', true],
  ['NVIDIA GeForce RTX 4090', 24564, 'RTX3090', false],
  ['NVIDIA RTX A6000', 49140, 'RTXA6000', true],
  ['Tesla T4', 15360, 'T4', true],
  ['NVIDIA L40S', 46068, 'L4', false],
  ['NVIDIA L40S', 46068, 'L40S', true],
  ['Tesla V100-SXM2-16GB', 16160, 'V100-32GB', false],
  ['Tesla V100-SXM2-32GB', 32510, 'V100-32GB', true],
])('a %s with %s MiB as %s: %s', (name, memory, wanted, is) => {
  expect(isAccelerator({ index: 0, name, memoryBytes: memory * 2 ** 20 }, wanted)).toBe(is);
});

test('nvidia-smi’s lines are read as far as they make sense', () => {
  expect(
    parseGpus(
      '0, NVIDIA H100 80GB HBM3, 81559\n1, NVIDIA T4, [N/A]\n2, [GPU is lost], 1\nNo devices\n\n3, Odd, Name, 5',
    ),
  ).toEqual([
    { index: 0, name: 'NVIDIA H100 80GB HBM3', memoryBytes: 81559 * 2 ** 20 },
    { index: 1, name: 'NVIDIA T4', memoryBytes: null },
    { index: 3, name: 'Odd, Name', memoryBytes: 5 * 2 ** 20 },
  ]);
});

test('each node gets GPUs of its own, of the right kind', () => {
  expect(tryFit('{accelerators: H100:2}', machine(['Tesla T4', h100, h100, h100, h100]), 2)).toMatchObject({
    gpus: [
      [1, 2],
      [3, 4],
    ],
  });
  expect(tryFit('{accelerators: H100:0.5}', machine([h100]))).toMatchObject({ gpus: [[0]] });
  expect(tryFit('{cpus: 1}', machine([h100]), 2)).toMatchObject({ gpus: [[], []] });
});

test.each([
  ['{accelerators: A100:8}', [], {}, 1, 'It needs A100:8, and this computer has no NVIDIA GPU.'],
  ['{accelerators: H100:2}', [h100], {}, 1, 'It needs H100:2, and this computer has 1.'],
  ['{accelerators: H100}', [h100], {}, 2, 'It needs 2 × H100:1, and this computer has 1.'],
  ['{accelerators: A100}', [h100, h100], {}, 1, `It needs A100:1, and this computer has ${h100}.`],
  [
    '{accelerators: A100}',
    [],
    { gpuProblem: 'nvidia-smi does not answer.' },
    1,
    'It needs A100:1, and the GPUs of this computer can’t be seen. nvidia-smi does not answer.',
  ],
  ['{infra: aws/us-east-1}', [], {}, 1, 'The job file asks for aws/us-east-1.'],
  ['{cloud: gcp}', [], {}, 1, 'The job file asks for gcp.'],
  ['{infra: k8s}', [], {}, 1, 'The job file asks for kubernetes.'],
  ['{instance_type: p4d.24xlarge}', [], {}, 1, 'The job file asks for the instance type p4d.24xlarge.'],
  [
    '{any_of: [{infra: aws}, {accelerators: T4}]}',
    [],
    {},
    1,
    'The job file asks for aws. It needs T4:1, and this computer has no NVIDIA GPU.',
  ],
] as const)('%s with %j: %s nodes are impossible, and it says why', (resources, names, more, nodes, why) => {
  const found = tryFit(resources, machine(names, more), nodes);
  expect('why' in found ? found.why.split(' ').sort().join(' ') : found).toBe(
    why.split(' ').sort().join(' '),
  );
});

test('any of several candidates will do', () => {
  expect(tryFit('{any_of: [{infra: aws}, {infra: local, cpus: 1}]}', machine())).toMatchObject({
    candidate: { cloud: 'local' },
  });
});

test('more CPUs or memory than there are is possible, and said', () => {
  expect(tryFit('{cpus: 64+, memory: 128}', machine())).toMatchObject({
    notes: ['It asks for 64+ CPUs, and there are 4.', 'It asks for 128 GB of memory, and there are 16 GB.'],
  });
  expect(tryFit('{cpus: 2, memory: 4x}', machine())).toMatchObject({ notes: [] });
});

test('a price over the job’s own limit is impossible', () => {
  expect(tryFit('{max_hourly_cost: 1}', machine(), 1, 1.5)).toEqual({
    why: 'It costs $1.50/h a node, over the job’s max_hourly_cost of $1.00/h.',
  });
  expect(tryFit('{max_hourly_cost: 2}', machine(), 1, 1.5)).toHaveProperty('gpus');
});
