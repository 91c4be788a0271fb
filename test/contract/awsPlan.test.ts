import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ProviderError } from '../../src/core/errors';
import type { Offer } from '../../src/core/provider';
import { plan } from '../../src/providers/aws/jobs/plan/plan';
import { Quotas } from '../../src/providers/aws/jobs/plan/quotas';
import { requestOf } from '../../src/providers/aws/jobs/plan/request';
import { roleOf } from '../../src/providers/aws/jobs/plan/roles';
import { KeptAnswers } from '../../src/providers/aws/prices/keptAnswers';
import { noPrompts } from '../../src/cli/prompts';
import { FakeAws } from '../fakes/aws/fakeAws';
import { testAccount } from '../fakes/aws/testAccount';
import { violations } from '../fakes/aws/wire/shapeCheck';
import { readJob } from '../fakes/jobSpec';
import { never } from '../fakes/stateFolder';

let aws: FakeAws;
let home: string;
beforeAll(async () => {
  aws = await FakeAws.start();
}, 120_000);
afterAll(() => aws.stop());
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'trainyard-aws-plan-'));
});
afterEach(async () => {
  aws.world.quotas.clear();
  await rm(home, { recursive: true, force: true });
});

async function offers(job: string, region = 'us-east-1'): Promise<readonly Offer[]> {
  const account = testAccount(aws.url, region);
  const kept = new KeptAnswers(home, Date.now);
  const quotas = new Quotas(account, kept, Date.now);
  return plan({ account, kept, quotas }, readJob(`run: echo\n${job}`).spec, never);
}

describe('a plan', () => {
  it('has SageMaker’s price list of the region', async () => {
    const gpu = 'resources: {accelerators: A10G}';
    expect(await offers(gpu)).toMatchObject([
      { instanceType: 'ml.g5.xlarge', hourlyUsd: 1.408, possible: true },
      { instanceType: 'ml.g5.2xlarge', hourlyUsd: 1.515, possible: true },
    ]);
    const [elsewhere] = await offers(gpu, 'eu-west-1');
    expect(elsewhere?.hourlyUsd).toBeCloseTo(1.5488, 6);
    expect(aws.problems()).toEqual([]);
  });

  it('knows a quota that is too small, and one that was raised since', async () => {
    const name = 'ml.g5.xlarge for training job usage';
    const job = 'num_nodes: 2\nresources: {instance_type: ml.g5.xlarge}';
    aws.world.quotas.set(name, 1);
    expect(await offers(job)).toMatchObject([
      {
        possible: false,
        why: expect.stringContaining(`is 1, and the job needs 2. Ask for more “${name}”`) as string,
      },
    ]);
    aws.world.quotas.set(name, 2);
    expect(await offers(job)).toMatchObject([{ possible: true }]);
    expect(aws.problems()).toEqual([]);
  });
});

it('the role is the one that SageMaker may take on', async () => {
  const account = testAccount(aws.url);
  const kept = new KeptAnswers(home, Date.now);
  const { spec } = readJob('run: echo');
  expect(await roleOf({ account, kept, home, prompts: noPrompts }, spec, never)).toBe(aws.roleArn);
  expect(aws.problems()).toEqual([]);
});

describe('a request', () => {
  const here = { connection: 'aws/us-east-1', region: 'us-east-1' };
  const root = 's3://sagemaker-us-east-1-111122223333/trainyard/jobs/digits-a1b2c3/';
  const parts = {
    id: 'digits-a1b2c3',
    here,
    roleArn: 'arn:aws:iam::111122223333:role/service-role/train',
    uris: {
      input: `${root}input/`,
      code: `${root}code.manifest`,
      mounts: `${root}mounts/`,
      output: `${root}output/`,
      checkpoints: `${root}checkpoints/`,
    },
  };
  const texts = fc.string({ unit: 'grapheme', maxLength: 600 });
  const seconds = fc.integer({ min: 1, max: 4_000_000 });
  const jobs = fc.record({
    num_nodes: fc.integer({ min: 1, max: 50 }),
    run: fc.constant('echo'),
    envs: fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,9}$/), texts, { maxKeys: 10 }),
    file_mounts: fc.dictionary(
      fc.stringMatching(/^\/[a-z]{1,8}$/),
      fc.constantFrom('s3://big/train', 's3://big/a/b.csv', 's3://big', './here'),
      { maxKeys: 20 },
    ),
    resources: fc.record(
      {
        use_spot: fc.boolean(),
        disk_size: fc.integer({ min: 1, max: 16_000 }),
        labels: fc.dictionary(fc.stringMatching(/^[a-zA-Z:/@]{1,20}$/), texts, { maxKeys: 5 }),
      },
      { requiredKeys: [] },
    ),
    trainyard: fc.record(
      {
        guardrails: fc.record({ max_duration: seconds }),
        checkpoint: fc.constant({ path: './checkpoints' }),
        retry: fc.record({
          max_restarts: fc.integer({ min: 0, max: 100 }),
          on: fc.constantFrom(['node_failure'], ['spot_interruption']),
        }),
        aws: fc.record(
          {
            image: fc.constantFrom('pytorch', 'tensorflow', 'pytorch:2.6'),
            keep_alive: seconds,
            max_wait: seconds,
            kms_key: fc.constantFrom('alias/mine', 'arn:aws:kms:us-east-1:111122223333:key/1234'),
            subnets: fc.constant(['subnet-0a1b2c3d']),
            security_groups: fc.constant(['sg-0a1b2c3d']),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
  });

  it('is what AWS’s own description of CreateTrainingJob allows, whatever the job asks for', () => {
    let made = 0;
    fc.assert(
      fc.property(jobs, fc.constantFrom('ml.m5.xlarge', 'ml.g5.xlarge'), (job, instanceType) => {
        const spot = job.resources.use_spot === true;
        const { spec } = readJob(JSON.stringify(job));
        try {
          const request = requestOf(spec, { ...parts, offer: { instanceType, nodes: job.num_nodes, spot } });
          expect(violations('sagemaker', 'CreateTrainingJob', request)).toEqual([]);
          made += 1;
        } catch (error) {
          if (!(error instanceof ProviderError)) throw error;
        }
      }),
      { numRuns: 200 },
    );
    expect(made).toBeGreaterThan(20);
  });
});
