import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Offer } from '../../../../src/core/provider';
import { candidateOf } from '../../../../src/providers/aws/jobs/plan/places';
import { plan } from '../../../../src/providers/aws/jobs/plan/plan';
import { Quotas } from '../../../../src/providers/aws/jobs/plan/quotas';
import { KeptAnswers } from '../../../../src/providers/aws/prices/keptAnswers';
import { failing, ScriptedAccount } from '../../../fakes/aws/scriptedAccount';
import { readJob } from '../../../fakes/jobSpec';
import { never } from '../../../fakes/stateFolder';

let home: string;
let now: number;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'trainyard-plan-'));
  now = Date.parse('2026-11-26T10:00:00Z');
});
afterEach(() => rm(home, { recursive: true, force: true }));

const product = (type: string, usd: number, component = 'Training') =>
  JSON.stringify({
    product: { attributes: { instanceName: type, component, regionCode: 'us-east-1' } },
    terms: {
      OnDemand: { a: { priceDimensions: { b: { unit: 'Hrs', pricePerUnit: { USD: String(usd) } } } } },
    },
  });

const prices = {
  'ml.m5.xlarge': 0.23,
  'ml.g5.xlarge': 1.408,
  'ml.g5.2xlarge': 1.515,
  'ml.p5.48xlarge': 63.3,
};
const GetProducts = ({ NextToken: token }: Readonly<Record<string, unknown>>) => {
  const all = Object.entries(prices).map(([type, usd]) => product(type, usd));
  return token === undefined
    ? { PriceList: [...all.slice(0, 2), product('ml.m5.xlarge', 9, 'Hosting'), 'no JSON'], NextToken: 'two' }
    : { PriceList: all.slice(2) };
};

const code = (name: string) => `L-${name.length}`;
function quotas(values: Readonly<Record<string, number>>) {
  const list = Object.entries(values).map(([QuotaName, Value]) => ({
    QuotaName,
    QuotaCode: code(QuotaName),
    Value,
  }));
  return {
    ListAWSDefaultServiceQuotas: () => ({
      Quotas: [{ QuotaName: 'Number of things', QuotaCode: 'L-0', Value: 3 }],
    }),
    ListServiceQuotas: () => ({ Quotas: list }),
    GetServiceQuota: ({ QuotaCode }: Readonly<Record<string, unknown>>) => ({
      Quota: list.find((quota) => quota.QuotaCode === QuotaCode),
    }),
  };
}
const plenty = quotas(
  Object.fromEntries(
    Object.keys(prices).flatMap((type) => [
      [`${type} for training job usage`, 4],
      [`${type} for spot training job usage`, 4],
      [`${type} for training warm pool usage`, 4],
    ]),
  ),
);

async function offers(job: string, account: ScriptedAccount): Promise<readonly Offer[]> {
  const kept = new KeptAnswers(home, () => now);
  const { spec } = readJob(`run: echo\n${job}`);
  return plan({ account, kept, quotas: new Quotas(account, kept, () => now) }, spec, never);
}
const account = (answers: ConstructorParameters<typeof ScriptedAccount>[1], region = 'us-east-1') =>
  new ScriptedAccount(region, answers);
const gpu = 'resources: {accelerators: A10G}';

describe('an offer', () => {
  it('has SageMaker’s own price of the day, its size and its limit', async () => {
    expect(await offers(`num_nodes: 2\n${gpu}`, account({ GetProducts, ...plenty }))).toEqual([
      {
        connection: 'aws/us-east-1',
        region: 'us-east-1',
        instanceType: 'ml.g5.xlarge',
        nodes: 2,
        accelerators: 'A10G:1',
        spot: false,
        hourlyUsd: 2.816,
        pricesAsOf: '2026-11-26',
        possible: true,
        stopsAfter: 86_400,
        image:
          '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.10.0-gpu-py313-cu130-ubuntu22.04-sagemaker',
        why: '4 vCPUs, 16 GB of memory. Without max_duration SageMaker stops it after 1 d. The quota is 4.',
      },
      expect.objectContaining({ instanceType: 'ml.g5.2xlarge', hourlyUsd: 3.03 }),
    ]);
  });

  it('has EC2’s price where SageMaker’s can’t be asked for, and says so', async () => {
    const [offer] = await offers(gpu, account({ ...plenty, GetProducts: failing('forbidden', 'no') }));
    expect(offer).toMatchObject({ instanceType: 'ml.g5.xlarge', hourlyUsd: 1.006, pricesAsOf: '2026-07-20' });
    expect(offer?.why).toContain('EC2 list price of 2026-07-20; SageMaker charges more.');
  });

  it('in another region says whose EC2 price it is', async () => {
    const [offer] = await offers(gpu, account({}, 'eu-west-1'));
    expect(offer?.why).toContain(
      'EC2 list price of 2026-07-20 and in us-east-1; SageMaker charges more, and eu-west-1 may differ.',
    );
  });

  it('whose price nobody knows has none, which is not free', async () => {
    const [offer] = await offers('resources: {instance_type: ml.p5e.48xlarge}', account({}));
    expect(offer).toMatchObject({
      possible: true,
      hourlyUsd: null,
      pricesAsOf: null,
      accelerators: 'H200:8',
    });
  });

  it('of a type that Trainyard does not know is there, without a size', async () => {
    const [offer] = await offers('resources: {instance_type: ml.new1.xlarge}', account({}));
    expect(offer).toMatchObject({ instanceType: 'ml.new1.xlarge', possible: true, hourlyUsd: null });
  });

  it('of spot is capped by the price on demand and promises none of its own', async () => {
    const [offer] = await offers(
      'resources: {accelerators: A10G, use_spot: true}\ntrainyard: {guardrails: {max_duration: 1h}}',
      account({ GetProducts, ...plenty }),
    );
    expect(offer).toMatchObject({ spot: true, hourlyUsd: 1.408, stopsAfter: 3720 });
    expect(offer?.why).toMatch(
      /up to 90 % less than this, the price on demand.*publishes no price.*afterwards/,
    );
    expect(offer?.why).not.toContain('Without max_duration');
  });

  it('over the job’s own limit, or with what SageMaker would refuse, is not possible', async () => {
    const [dear] = await offers(
      'resources: {accelerators: A10G, max_hourly_cost: 1}',
      account({ GetProducts, ...plenty }),
    );
    expect(dear).toMatchObject({
      possible: false,
      why: expect.stringContaining('max_hourly_cost') as string,
    });
    const [big] = await offers(`envs: {BIG: ${'x'.repeat(600)}}`, account({ GetProducts, ...plenty }));
    expect(big).toMatchObject({ possible: false, why: expect.stringContaining('BIG has 600') as string });
  });

  it('with a max_cost ends before it costs more, with the time that SageMaker bills after it', async () => {
    const [offer] = await offers(
      `num_nodes: 2\n${gpu}\ntrainyard: {guardrails: {max_cost: 2.816, max_duration: 3h}, aws: {keep_alive: 10m}}`,
      account({ GetProducts, ...plenty }),
    );
    expect(offer).toMatchObject({ possible: true, hourlyUsd: 2.816, stopsAfter: 3600 - 120 - 600 });
    expect(offer?.why).toContain(
      'SageMaker stops it after 48 m, so that it costs no more than its max_cost of $2.82.',
    );
    const longer = `${gpu}\ntrainyard: {guardrails: {max_cost: 100, max_duration: 1h}}`;
    expect(await offers(longer, account({ GetProducts, ...plenty }))).toMatchObject([
      { stopsAfter: 3720 },
      { stopsAfter: 3720 },
    ]);
  });

  it('with a max_cost and only EC2’s price ends earlier, since SageMaker charges more', async () => {
    const [offer] = await offers(
      `${gpu}\ntrainyard: {guardrails: {max_cost: 1.4084}}`,
      account({ ...plenty, GetProducts: failing('forbidden', 'no') }),
    );
    expect(offer).toMatchObject({ hourlyUsd: 1.006, stopsAfter: 3600 - 120 });
    expect(offer?.why).toContain('counted at 1.4 times that price');
  });

  it.each([
    [
      'that pays for nothing',
      `${gpu}\ntrainyard: {guardrails: {max_cost: 0.05}}`,
      /max_cost of \$0.05 pays for less/,
    ],
    [
      'and no known price',
      'resources: {instance_type: ml.p5e.48xlarge}\ntrainyard: {guardrails: {max_cost: 5}}',
      /price of it is not known, so that max_cost can’t be kept/,
    ],
  ])('with a max_cost %s is not possible', async (_, job, why) => {
    const all = await offers(job, account({ GetProducts, ...plenty }));
    expect(all.length).toBeGreaterThan(0);
    for (const offer of all) {
      expect(offer.possible).toBe(false);
      expect(offer.why).toMatch(why);
    }
  });

  it('is not made for a type that the region does not have', async () => {
    const list = await offers('resources: {accelerators: L4}', account({ GetProducts, ...plenty }));
    expect(list).toMatchObject([{ possible: false, why: 'SageMaker has no such machine in us-east-1.' }]);
  });
});

describe('a quota', () => {
  it('that is too small is said before the submit, with where to ask for more', async () => {
    const name = 'ml.g5.xlarge for training job usage';
    const small = quotas({ [name]: 0, 'ml.g5.2xlarge for training job usage': 1 });
    expect(await offers(gpu, account({ GetProducts, ...small }))).toMatchObject([
      { instanceType: 'ml.g5.2xlarge', possible: true },
    ]);
    const two = await offers(`num_nodes: 2\n${gpu}`, account({ GetProducts, ...small }));
    expect(two.map(({ possible }) => possible)).toEqual([false, false]);
    expect(two[0]?.why).toBe(
      `The quota is 0, and the job needs 2. Ask for more “${name}” in Service Quotas: https://us-east-1.console.aws.amazon.com/servicequotas/home/services/sagemaker/quotas/${code(name)}`,
    );
  });

  it('of spot machines, and of machines that are kept, is another one', async () => {
    const some = quotas({
      'ml.g5.xlarge for training job usage': 1,
      'ml.g5.xlarge for spot training job usage': 0,
      'ml.g5.xlarge for training warm pool usage': 0,
    });
    const type = 'resources: {instance_type: ml.g5.xlarge';
    expect(await offers(`${type}}`, account({ GetProducts, ...some }))).toMatchObject([{ possible: true }]);
    expect(await offers(`${type}, use_spot: true}`, account({ GetProducts, ...some }))).toMatchObject([
      { possible: false, why: expect.stringContaining('spot training job') as string },
    ]);
    expect(
      await offers(`${type}}\ntrainyard: {aws: {keep_alive: 5m}}`, account({ GetProducts, ...some })),
    ).toMatchObject([{ possible: false, why: expect.stringContaining('training warm pool') as string }]);
  });

  it('that was raised meanwhile counts at once, although the list is kept for a day', async () => {
    const type = 'resources: {instance_type: ml.g5.xlarge}';
    const name = 'ml.g5.xlarge for training job usage';
    expect(await offers(type, account({ GetProducts, ...quotas({ [name]: 0 }) }))).toMatchObject([
      { possible: false },
    ]);
    const later = account({ GetProducts, ...quotas({ [name]: 8 }) });
    const [offer] = await offers(type, later);
    expect(offer?.possible).toBe(true);
    expect(offer?.why).toContain('The quota is 8.');
    expect(later.asked).toEqual(['GetServiceQuota']);
  });

  it('that may not be looked at is no failure', async () => {
    const refused = failing(
      'forbidden',
      'The permission servicequotas:ListAWSDefaultServiceQuotas is missing.',
    );
    const [offer] = await offers(gpu, account({ GetProducts, ListAWSDefaultServiceQuotas: refused }));
    expect(offer?.possible).toBe(true);
    expect(offer?.why).toContain(
      'Its quota could not be checked. The permission servicequotas:ListAWSDefaultServiceQuotas is missing.',
    );
  });
});

it('nothing is possible where AWS can’t be asked at all, and the reason is AWS’s', async () => {
  for (const kind of ['auth', 'network'] as const) {
    const list = await offers(gpu, account({ GetProducts, GetCallerIdentity: failing(kind, 'Sign in.') }));
    expect(list).toMatchObject([{ possible: false, why: 'Sign in.', hourlyUsd: null }]);
  }
});

it('an AWS that did not answer is not waited for at each plan; one that wants a sign-in is asked each time', async () => {
  const { spec } = readJob(`run: echo\n${gpu}`);
  const asked = async (kind: 'network' | 'auth') => {
    const deaf = account({ GetProducts, GetCallerIdentity: failing(kind, 'No.') });
    const kept = new KeptAnswers(home, () => now);
    const parts = { account: deaf, kept, quotas: new Quotas(deaf, kept, () => now) };
    for (let turn = 0; turn < 3; turn++)
      expect(await plan(parts, spec, never)).toMatchObject([{ possible: false, why: 'No.' }]);
    now += 61_000;
    await plan(parts, spec, never);
    return deaf.identities;
  };
  expect(await asked('network')).toBe(2);
  expect(await asked('auth')).toBe(4);
});

it('a job for another place says so, and asks AWS nothing', async () => {
  const elsewhere = account({ GetProducts, ...plenty });
  expect(await offers('resources: {infra: aws/eu-west-1}', elsewhere)).toMatchObject([
    { possible: false, why: 'The job file asks for aws/eu-west-1.' },
  ]);
  expect(elsewhere.asked).toEqual([]);
});

describe('of several choices', () => {
  it('in order the first that can be had is offered, whatever it costs', async () => {
    const job = 'resources: {ordered: [{accelerators: L4}, {accelerators: H100:8}, {accelerators: A10G}]}';
    const list = await offers(job, account({ GetProducts, ...plenty }));
    expect(list.map(({ instanceType }) => instanceType)).toEqual(['ml.p5.48xlarge']);
  });

  it('in no order all are offered, each type once', async () => {
    const job =
      'resources: {any_of: [{accelerators: H100:8}, {accelerators: A10G}, {instance_type: g5.xlarge}]}';
    const list = await offers(job, account({ GetProducts, ...plenty }));
    expect(list.map(({ instanceType }) => instanceType).sort()).toEqual([
      'ml.g5.2xlarge',
      'ml.g5.xlarge',
      'ml.p5.48xlarge',
    ]);
  });
});

it('an offer is submitted as the choice that it was made for', () => {
  const { spec } = readJob(
    'run: echo\nresources: {any_of: [{accelerators: L4, disk_size: 100}, {accelerators: A10G, disk_size: 200}, {accelerators: A10G, use_spot: true}]}',
  );
  const here = { connection: 'aws/us-east-1', region: 'us-east-1' };
  const chosen = (instanceType: string, spot = false) =>
    candidateOf(spec, here, { instanceType, spot })?.disk_size;
  expect(chosen('ml.g6.xlarge')).toBe(100);
  expect(chosen('ml.g5.xlarge')).toBe(200);
  expect(chosen('ml.g5.xlarge', true)).toBeNull();
  expect(chosen('ml.m5.xlarge')).toBeUndefined();
});

describe('what AWS said', () => {
  it('is asked for once a day, for all windows', async () => {
    const first = account({ GetProducts, ...plenty });
    await Promise.all([offers(gpu, first), offers(gpu, first)]);
    const second = account({ GetProducts, ...plenty });
    await offers(gpu, second);
    expect(second.asked).toEqual([]);
    now += 25 * 3_600_000;
    await offers(gpu, second);
    expect(second.asked).toContain('GetProducts');
  });

  it('is asked for again where the file is not what it should be', async () => {
    await offers(gpu, account({ GetProducts, ...plenty }));
    const file = join(home, 'aws', 'prices-us-east-1.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ at: now, value: prices });
    for (const text of ['', '{', 'null', '{"at":1}', `{"at":${now},"value":{"ml.g5.xlarge":"free"}}`]) {
      await writeFile(file, text);
      const again = account({ GetProducts, ...plenty });
      const [offer] = await offers(gpu, again);
      expect([text, offer?.hourlyUsd]).toEqual([text, 1.408]);
      expect(again.asked).toContain('GetProducts');
    }
  });

  it('is not asked for at every key after a failure', async () => {
    const broken = account({ ...plenty, GetProducts: failing('forbidden', 'no') });
    const kept = new KeptAnswers(home, () => now);
    const { spec } = readJob(`run: echo\n${gpu}`);
    const parts = { account: broken, kept, quotas: new Quotas(broken, kept, () => now) };
    await plan(parts, spec, never);
    await plan(parts, spec, never);
    expect(broken.asked.filter((name) => name === 'GetProducts')).toHaveLength(1);
    now += 61_000;
    await plan(parts, spec, never);
    expect(broken.asked.filter((name) => name === 'GetProducts')).toHaveLength(2);
  });
});
