import { describe, expect, it, test } from 'vitest';
import { TrainingInstanceType } from '@aws-sdk/client-sagemaker';
import { ec2HourlyUsd } from '../../../../src/core/prices/ec2Machines';
import { gpuMachines } from '../../../../src/core/prices/gpuMachines';
import { fittingTypes } from '../../../../src/providers/aws/types/fitting';
import { machineTypes, trainingTypes } from '../../../../src/providers/aws/types/trainingTypes';
import { readJob } from '../../../fakes/jobSpec';

function fitting(resources: string): readonly string[] | string {
  const { spec } = readJob(`run: a\nresources: {${resources}}`);
  const [candidate] = spec.resources.candidates;
  if (!candidate) throw new Error('no candidate');
  const found = fittingTypes(candidate);
  return 'why' in found ? found.why : found.map(({ name }) => name);
}

describe('the types that do', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    'accelerators: A10G': [
      'ml.g5.xlarge',
      'ml.g5.2xlarge',
      'ml.g5.4xlarge',
      'ml.g5.8xlarge',
      'ml.g5.16xlarge',
    ],
    'accelerators: a10g:4': ['ml.g5.12xlarge', 'ml.g5.24xlarge'],
    'accelerators: L4:8': ['ml.g6.48xlarge'],
    'accelerators: A100:8': ['ml.p4d.24xlarge', 'ml.p4de.24xlarge'],
    'accelerators: A100-80GB:8': ['ml.p4de.24xlarge'],
    'accelerators: H100-SXM:8': ['ml.p5.48xlarge'],
    'accelerators: V100-32GB:8': ['ml.p3dn.24xlarge'],
    'accelerators: RTXPRO6000:2': ['ml.g7e.12xlarge'],
    'accelerators: T4:0.5, cpus: 4': ['ml.g4dn.xlarge'],
    'accelerators: A10G, memory: 100+': ['ml.g5.8xlarge', 'ml.g5.16xlarge'],
    'accelerators: A10G, disk_size: 500': ['ml.g5.4xlarge', 'ml.g5.8xlarge', 'ml.g5.16xlarge'],
    'accelerators: A10G, local_disk: "nvme:1000+"': ['ml.g5.16xlarge'],
    'cpus: 2, memory: 8': ['ml.m5.large', 'ml.m6i.large', 'ml.m7i.large', 'ml.m8i.large'],
    'cpus: 36': ['ml.c5.9xlarge'],
    'cpus: 4, memory: 8x': ['ml.r5.xlarge', 'ml.r6i.xlarge', 'ml.r7i.xlarge', 'ml.r8i.xlarge'],
    'memory: 2TB+': ['ml.r8i.96xlarge'],
    'instance_type: ml.g5.xlarge': ['ml.g5.xlarge'],
    'instance_type: g5.xlarge': ['ml.g5.xlarge'],
    'instance_type: ml.g5.xlarge, accelerators: A10G:1': ['ml.g5.xlarge'],
    // Not in the table: the job file knows better.
    'instance_type: ml.trn1.32xlarge': ['ml.trn1.32xlarge'],
  };
  test.each(Object.entries(cases))('%s', (resources, types) => {
    expect(fitting(resources)).toEqual(types);
  });

  it('a job that asks for nothing gets no machine that is too small for a framework, and none with a GPU', () => {
    const types = fitting('');
    expect(types).toContain('ml.m5.xlarge');
    expect(types).not.toContain('ml.m5.large');
    expect(types).not.toContain('ml.c5.xlarge');
    expect(types).not.toContain('ml.g4dn.xlarge');
  });
});

describe('why there is none', () => {
  const cases: Readonly<Record<string, string>> = {
    'accelerators: MI300X:8': 'SageMaker has no MI300X.',
    'accelerators: A10G:2': 'SageMaker has A10G by 1, 4 or 8 only: ask for A10G:1.',
    'accelerators: A100:1': 'SageMaker has A100 by 8 only: ask for A100:8.',
    'cpus: 10': 'No SageMaker type has exactly 10 vCPUs (a + after a number asks for that or more).',
    'accelerators: H100:8, memory: 4000+': 'No SageMaker type with H100:8 has at least 4000 GB of memory.',
    'instance_type: ml.g5.xlarge, accelerators: A10G:4':
      'ml.g5.xlarge has A10G:1, and the job asks for A10G:4.',
    'instance_type: ml.m5.xlarge, cpus: 8+': 'ml.m5.xlarge has 4 vCPUs, and the job asks for at least 8.',
    'instance_type: ml.g4dn.xlarge, disk_size: 200':
      'ml.g4dn.xlarge has a disk of 125 GB, and the job asks for 200.',
    'instance_type: Standard_NC6s_v3': 'This is no SageMaker type: ml.Standard_NC6s_v3',
  };
  test.each(Object.entries(cases))('%s', (resources, why) => {
    expect(fitting(resources)).toBe(why);
  });
});

describe('the table', () => {
  it('has SageMaker’s own names, each once', () => {
    const names = trainingTypes.map(({ name }) => name);
    expect(names.filter((name) => !Object.values<string>(TrainingInstanceType).includes(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('agrees with the list of prices about GPUs', () => {
    for (const { name, gpu } of trainingTypes) {
      const machine = gpuMachines.find(({ cloud, type }) => cloud === 'aws' && `ml.${type}` === name);
      if (machine && gpu)
        expect([name, gpu]).toEqual([
          name,
          { name: machine.gpu, count: machine.count, memoryGb: machine.memoryGb },
        ]);
    }
  });
});

test('the prices are the list’s, and one that the list does not have is not known', () => {
  const known = { 'm5.xlarge': 0.192, 'c7i.24xlarge': 4.284, 'r7i.12xlarge': 3.1752, 'g5.xlarge': 1.006 };
  for (const [type, usd] of Object.entries(known)) expect([type, ec2HourlyUsd(type)]).toEqual([type, usd]);
  for (const type of ['c5.9xlarge', 'm8i.xlarge', 'p5e.48xlarge', 'toString', 'constructor.large', ''])
    expect([type, ec2HourlyUsd(type)]).toEqual([type, null]);
});

it('all types are told with their size, those with GPUs first', () => {
  const types = machineTypes();
  expect(types).toHaveLength(trainingTypes.length);
  expect(types.find(({ name }) => name === 'ml.g5.12xlarge')?.words).toBe('4×A10G, 24 GB · 48 CPUs, 192 GB');
  expect(types.at(-1)?.words).toMatch(/^\d+ CPUs, \d+ GB$/);
  const hasGpu = types.map(({ words }) => words.includes('×'));
  expect(hasGpu.lastIndexOf(true)).toBeLessThan(hasGpu.indexOf(false));
});
