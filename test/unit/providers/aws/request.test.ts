import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ProviderError } from '../../../../src/core/errors';
import { bucketMounts, objectManifest } from '../../../../src/providers/aws/jobs/storage/bucketMounts';
import { requestOf } from '../../../../src/providers/aws/jobs/plan/request';
import { layoutVariables } from '../../../../src/providers/aws/jobs/plan/variables';
import { readJob } from '../../../fakes/jobSpec';

const here = { connection: 'aws/us-east-1', region: 'us-east-1' };
const root = 's3://bucket/trainyard/jobs/digits-a1b2c3/';
const parts = {
  id: 'digits-a1b2c3',
  here,
  offer: { instanceType: 'ml.m5.xlarge', nodes: 1, spot: false },
  roleArn: 'arn:aws:iam::111122223333:role/train',
  uris: {
    input: `${root}input/`,
    mounts: `${root}mounts/`,
    output: `${root}output`,
    checkpoints: `${root}checkpoints/`,
  },
};

function request(text: string, offer: Partial<Parameters<typeof requestOf>[1]['offer']> = {}, code?: string) {
  const uris = { ...parts.uris, ...(code !== undefined && { code }) };
  return requestOf(readJob(text).spec, { ...parts, uris, offer: { ...parts.offer, ...offer } });
}

test('a job that names nothing has a limit, AWS’s image, no network, no key, and nothing that it did not ask for', () => {
  expect(request('run: echo')).toEqual({
    TrainingJobName: 'digits-a1b2c3',
    RoleArn: 'arn:aws:iam::111122223333:role/train',
    AlgorithmSpecification: {
      TrainingImage:
        '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.10.0-cpu-py313-ubuntu22.04-sagemaker',
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['sh', '/opt/ml/input/data/trainyard/sagemaker.sh'],
    },
    InputDataConfig: [
      {
        ChannelName: 'trainyard',
        InputMode: 'File',
        DataSource: {
          S3DataSource: {
            S3DataType: 'S3Prefix',
            S3Uri: `${root}input/`,
            S3DataDistributionType: 'FullyReplicated',
          },
        },
      },
    ],
    OutputDataConfig: { S3OutputPath: `${root}output` },
    ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 256 },
    StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
    EnableManagedSpotTraining: false,
    EnableNetworkIsolation: false,
    EnableInterContainerTrafficEncryption: false,
    Environment: {},
    Tags: [
      { Key: 'trainyard:job', Value: 'digits-a1b2c3' },
      { Key: 'trainyard:version', Value: '1' },
    ],
  });
});

describe('what a job names', () => {
  const cases: readonly (readonly [
    what: string,
    job: string,
    offer: Partial<typeof parts.offer>,
    wanted: Partial<CreateTrainingJobCommandInput>,
  ])[] = [
    [
      'a time: the launcher comes first, SageMaker two minutes later',
      'trainyard: {guardrails: {max_duration: 2h}}',
      {},
      { StoppingCondition: { MaxRuntimeInSeconds: 7320 } },
    ],
    [
      'spot and checkpoints',
      'resources: {use_spot: true}\ntrainyard: {guardrails: {max_duration: 1h}, checkpoint: {path: ./ck}}',
      { spot: true },
      {
        StoppingCondition: { MaxRuntimeInSeconds: 3720, MaxWaitTimeInSeconds: 90_120 },
        EnableManagedSpotTraining: true,
        CheckpointConfig: { S3Uri: `${root}checkpoints/`, LocalPath: '/opt/ml/checkpoints' },
      },
    ],
    [
      'how long to wait for spot machines, never less than it may run',
      'resources: {use_spot: true}\ntrainyard: {guardrails: {max_duration: 1h}, aws: {max_wait: 10m}}',
      { spot: true },
      { StoppingCondition: { MaxRuntimeInSeconds: 3720, MaxWaitTimeInSeconds: 3720 } },
    ],
    [
      'nodes, a disk and machines that are kept',
      'num_nodes: 3\nresources: {disk_size: 500}\ntrainyard: {aws: {keep_alive: 30m}}',
      { nodes: 3 },
      {
        ResourceConfig: {
          InstanceType: 'ml.m5.xlarge',
          InstanceCount: 3,
          VolumeSizeInGB: 500,
          KeepAlivePeriodInSeconds: 1800,
        },
      },
    ],
    [
      'a type with a disk of its own, and a key, which that can’t have',
      'resources: {accelerators: A10G}\ntrainyard: {aws: {kms_key: alias/k}}',
      { instanceType: 'ml.g5.xlarge' },
      {
        ResourceConfig: { InstanceType: 'ml.g5.xlarge', InstanceCount: 1, VolumeSizeInGB: 250 },
        OutputDataConfig: { S3OutputPath: `${root}output`, KmsKeyId: 'alias/k' },
      },
    ],
    [
      'a key for a volume',
      'trainyard: {aws: {kms_key: alias/k}}',
      {},
      {
        ResourceConfig: {
          InstanceType: 'ml.m5.xlarge',
          InstanceCount: 1,
          VolumeSizeInGB: 256,
          VolumeKmsKeyId: 'alias/k',
        },
      },
    ],
    [
      'a network',
      'trainyard: {aws: {subnets: [subnet-1, subnet-2], security_groups: [sg-1]}}',
      {},
      { VpcConfig: { Subnets: ['subnet-1', 'subnet-2'], SecurityGroupIds: ['sg-1'] } },
    ],
    [
      'restarts',
      'trainyard: {retry: {max_restarts: 40, on: [node_failure]}}',
      {},
      { RetryStrategy: { MaximumRetryAttempts: 30 } },
    ],
    [
      'labels and tags, of which the latter win',
      'resources: {labels: {team: vision, stage: dev}}\ntrainyard: {aws: {tags: {stage: prod}}}',
      {},
      {
        Tags: [
          { Key: 'team', Value: 'vision' },
          { Key: 'stage', Value: 'prod' },
          { Key: 'trainyard:job', Value: 'digits-a1b2c3' },
          { Key: 'trainyard:version', Value: '1' },
        ],
      },
    ],
    ['envs', 'envs: {EPOCHS: 3, TRAINYARD_X: no}', {}, { Environment: { EPOCHS: '3' } }],
  ];
  test.each(cases)('%s', (_, job, offer, wanted) => {
    expect(request(`run: echo\n${job}`, offer)).toMatchObject(wanted);
  });

  it('is not there where it does not ask for it', () => {
    const made = request('run: echo\nresources: {use_spot: true}\ntrainyard: {aws: {keep_alive: 30m}}', {
      spot: true,
    });
    expect(made.ResourceConfig).not.toHaveProperty('KeepAlivePeriodInSeconds');
    expect(made).not.toHaveProperty('CheckpointConfig');
    expect(made).not.toHaveProperty('RetryStrategy');
    expect(made).not.toHaveProperty('VpcConfig');
  });

  it('brings folders from S3 as channels, and the code by its manifest', () => {
    const made = request(
      'run: a\nfile_mounts: {/data: s3://big/train, /local: ./x, /big: {source: s3://big/all/, mode: MOUNT}}',
      {},
      `${root}code.manifest`,
    );
    const channels = made.InputDataConfig?.map(({ ChannelName, InputMode, DataSource }) => [
      ChannelName,
      InputMode,
      DataSource?.S3DataSource?.S3DataType,
      DataSource?.S3DataSource?.S3Uri,
    ]);
    expect(channels?.slice(1)).toEqual([
      ['code', 'File', 'ManifestFile', `${root}code.manifest`],
      ['mount-1', 'File', 'S3Prefix', 's3://big/train/'],
      ['mount-2', 'FastFile', 'S3Prefix', 's3://big/all/'],
    ]);
  });

  it('brings one object by a manifest, for a prefix would bring all that begins like it', () => {
    const { spec } = readJob('run: a\nfile_mounts: {/data: s3://big/train, /one: s3://big/a/b=c.bin}');
    const objects = new Set(['/one']);
    const made = requestOf(spec, { ...parts, objects });
    expect(made.InputDataConfig?.map(({ DataSource }) => DataSource?.S3DataSource?.S3Uri).slice(1)).toEqual([
      's3://big/train/',
      `${root}mounts/mount-2.manifest`,
    ]);
    expect(bucketMounts(spec, objects).map(objectManifest)[1]).toBe('[{"prefix":"s3://big/a/"},"b=c.bin"]');
    expect(layoutVariables(spec, objects)).toEqual({
      TRAINYARD_CHANNELS: 'mount-1=/data\n',
      TRAINYARD_FILE_CHANNELS: 'mount-2=/one\n',
    });
  });
});

test('the entry point is told which channel and which checkpoints are to be where', () => {
  const told = (job: string) => layoutVariables(readJob(`run: echo\n${job}`).spec);
  expect(told('')).toEqual({});
  expect(
    told(
      'file_mounts: {/data: s3://big/x/, ~/own: ./own, more: s3://big/y}\ntrainyard: {checkpoint: {path: ./ck}}',
    ),
  ).toEqual({
    TRAINYARD_CHANNELS: 'mount-1=/data\nmount-2=more\n',
    TRAINYARD_CHECKPOINTS: './ck',
  });
});

test('SageMaker ends the job when the offer that was agreed to says so, and a spot job may wait longer', () => {
  const job =
    'run: echo\nresources: {use_spot: true}\ntrainyard: {guardrails: {max_cost: 3}, aws: {max_wait: 10m}}';
  expect(request(job, { spot: true, stopsAfter: 2880 }).StoppingCondition).toEqual({
    MaxRuntimeInSeconds: 2880,
    MaxWaitTimeInSeconds: 2880,
  });
});

describe('what SageMaker would refuse is refused with the place in the file', () => {
  const many = (count: number, name: string) =>
    Array.from({ length: count }, (_, index) => `${name}${index}: x`).join(', ');
  const cases: readonly (readonly [what: string, job: string, why: RegExp])[] = [
    ['a long env', `envs: {BIG: ${'x'.repeat(513)}}`, /the value of BIG has 513/],
    ['many envs', `envs: {${many(101, 'A')}}`, /takes 100 envs.*101/],
    ['AWS’s own tags', 'trainyard: {aws: {tags: {"aws:x": y}}}', /begin with aws:/],
    ['our own tags', 'trainyard: {aws: {tags: {"trainyard:job": y}}}', /begin with trainyard:/],
    ['a label that is no tag', 'resources: {labels: {a: "b;c"}}', /letters, digits, spaces/],
    [
      'many tags',
      `trainyard: {aws: {tags: {${many(49, 't')}}}}`,
      /takes 48 tags besides ours, and these are 49/,
    ],
    [
      'many mounts',
      `file_mounts: {${many(19, '/m').replaceAll(' x', ' s3://bucket/x/')}}`,
      /takes 18 mounts/,
    ],
    ['half a network', 'trainyard: {aws: {subnets: [subnet-1]}}', /subnets and security_groups together/],
    ['an image of another registry', 'trainyard: {aws: {image: "ubuntu:24.04"}}', /Amazon ECR only/],
  ];
  test.each(cases)('%s', (_, job, why) => {
    expect(() => request(`run: echo\n${job}`)).toThrow(why);
    expect(() => request(`run: echo\n${job}`)).toThrow(ProviderError);
  });
});

const text = fc.string({ unit: 'grapheme', maxLength: 600 });
const duration = fc.integer({ min: 1, max: 4_000_000 });

test('whatever the job asks for, the request keeps SageMaker’s limits or is refused', () => {
  const jobs = fc.record({
    num_nodes: fc.integer({ min: 1, max: 100 }),
    run: fc.constant('echo'),
    envs: fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,9}$/), text, { maxKeys: 120 }),
    resources: fc.record(
      {
        use_spot: fc.boolean(),
        disk_size: fc.integer({ min: 1, max: 16_000 }),
        labels: fc.dictionary(fc.stringMatching(/^[a-zA-Z:/@;]{1,140}$/), text, { maxKeys: 60 }),
      },
      { requiredKeys: [] },
    ),
    trainyard: fc.record(
      {
        guardrails: fc.record({ max_duration: duration }),
        checkpoint: fc.constant({ path: './checkpoints' }),
        retry: fc.record({
          max_restarts: fc.integer({ min: 0, max: 100 }),
          on: fc.constantFrom(['node_failure'], ['spot_interruption'], ['job_failure', 'node_failure']),
        }),
        aws: fc.record(
          {
            keep_alive: duration,
            max_wait: duration,
            tags: fc.dictionary(fc.string(), text, { maxKeys: 5 }),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
  });
  let made = 0;
  fc.assert(
    fc.property(jobs, fc.constantFrom('ml.m5.xlarge', 'ml.g5.xlarge'), (job, instanceType) => {
      const spot = job.resources.use_spot === true;
      let found: CreateTrainingJobCommandInput;
      try {
        found = request(JSON.stringify(job), { instanceType, spot, nodes: job.num_nodes });
      } catch (error) {
        expect(error).toBeInstanceOf(ProviderError);
        return;
      }
      made += 1;
      expect(found.TrainingJobName).toMatch(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/);
      const { MaxRuntimeInSeconds: run = 0, MaxWaitTimeInSeconds: wait } = found.StoppingCondition ?? {};
      expect(run).toBeGreaterThanOrEqual(1);
      expect(run).toBeLessThanOrEqual(2_419_200);
      expect(wait !== undefined).toBe(spot);
      if (wait !== undefined) expect(wait).toBeGreaterThanOrEqual(run);
      const environment = Object.entries(found.Environment ?? {});
      expect(environment.length).toBeLessThanOrEqual(100);
      for (const [name, value] of environment) {
        expect(name).toMatch(/^[a-zA-Z_][a-zA-Z0-9_]{0,511}$/);
        expect(value.length).toBeLessThanOrEqual(512);
      }
      const tags = found.Tags ?? [];
      expect(tags.length).toBeLessThanOrEqual(50);
      for (const { Key = '', Value = '' } of tags) {
        expect(Key).toMatch(/^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u);
        expect(Value).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u);
      }
      const kept = found.ResourceConfig?.KeepAlivePeriodInSeconds;
      if (kept !== undefined) expect(spot ? 0 : kept).toBeGreaterThanOrEqual(1);
      expect(kept ?? 0).toBeLessThanOrEqual(3600);
      expect(found.RetryStrategy?.MaximumRetryAttempts ?? 1).toBeGreaterThanOrEqual(1);
      expect(found.RetryStrategy?.MaximumRetryAttempts ?? 1).toBeLessThanOrEqual(30);
    }),
    { numRuns: 60 },
  );
  expect(made).toBeGreaterThan(0);
});
