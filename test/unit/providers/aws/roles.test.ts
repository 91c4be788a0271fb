import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import type { ChooseQuestion } from '../../../../src/core/prompts';
import { forgetRole, roleOf, trustsSageMaker } from '../../../../src/providers/aws/jobs/plan/roles';
import { KeptAnswers } from '../../../../src/providers/aws/prices/keptAnswers';
import { failing, ScriptedAccount } from '../../../fakes/aws/scriptedAccount';
import { readJob } from '../../../fakes/jobSpec';
import { never } from '../../../fakes/stateFolder';

let home: string;
let asked: ChooseQuestion[];
let answer: string | undefined;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'trainyard-roles-'));
  asked = [];
  answer = undefined;
});
afterEach(() => rm(home, { recursive: true, force: true }));

const trust = (service: unknown, effect = 'Allow', action: unknown = 'sts:AssumeRole') =>
  encodeURIComponent(
    JSON.stringify({ Statement: [{ Effect: effect, Principal: { Service: service }, Action: action }] }),
  );
const role = (name: string, policy = trust('sagemaker.amazonaws.com'), path = '/') => ({
  Arn: `arn:aws:iam::111122223333:role${path}${name}`,
  Path: path,
  Description: name === 'train' ? 'For training' : undefined,
  AssumeRolePolicyDocument: policy,
});
const one = role('train').Arn;
const two = role('other').Arn;
const listed = (...roles: readonly ReturnType<typeof role>[]) => ({
  ListRoles: ({ Marker: marker }: Readonly<Record<string, unknown>>) =>
    marker === undefined
      ? { Roles: [role('lambda', trust('lambda.amazonaws.com'))], IsTruncated: true, Marker: 'more' }
      : { Roles: roles, IsTruncated: false },
});

function parts(answers: ConstructorParameters<typeof ScriptedAccount>[1], region = 'us-east-1') {
  return {
    account: new ScriptedAccount(region, answers),
    kept: new KeptAnswers(home, Date.now),
    home,
    prompts: {
      choose: (question: ChooseQuestion) => {
        asked.push(question);
        return Promise.resolve(answer);
      },
    },
  };
}
const choose = (
  answers: ConstructorParameters<typeof ScriptedAccount>[1],
  job = '',
  region = 'us-east-1',
): Promise<string> => roleOf(parts(answers, region), readJob(`run: echo\n${job}`).spec, never);

describe('the role of a job', () => {
  it('is the job file’s, by its ARN or its name, and nobody is asked', async () => {
    expect(await choose({}, `trainyard: {aws: {role: "${one}"}}`)).toBe(one);
    const byName = 'trainyard: {aws: {role: train}}';
    const unlisted = { ListRoles: failing('forbidden', 'no') };
    expect(await choose(unlisted, byName)).toBe(one);
    expect(await choose(unlisted, byName, 'cn-north-1')).toBe('arn:aws-cn:iam::111122223333:role/train');
    await expect(choose({}, 'trainyard: {aws: {role: "not a role"}}')).rejects.toThrow(
      'trainyard.aws.role is no ARN or name of a role: not a role',
    );
  });

  it('by its name has the path that it is listed with', async () => {
    const deep = role('train', undefined, '/service-role/');
    expect(await choose(listed(role('other'), deep), 'trainyard: {aws: {role: train}}')).toBe(deep.Arn);
    expect(asked).toEqual([]);
  });

  it('is the only one that SageMaker may take on', async () => {
    const service = role('AWSServiceRoleForX', undefined, '/aws-service-role/sagemaker.amazonaws.com/');
    expect(await choose(listed(role('train'), service))).toBe(one);
    expect(asked).toEqual([]);
  });

  it('of several is chosen once for an account', async () => {
    answer = two;
    expect(await choose(listed(role('train'), role('other')))).toBe(two);
    expect(asked).toMatchObject([
      {
        choices: [
          { value: one, label: 'train', detail: `For training · ${one}` },
          { value: two, label: 'other', detail: two },
        ],
      },
    ]);
    expect(await choose({})).toBe(two);
    expect(asked).toHaveLength(1);
    await forgetRole(parts({}), never);
    await choose(listed(role('train'), role('other')));
    expect(asked).toHaveLength(2);
  });

  it('of several, where nobody is there to choose, is to be named in the job file', async () => {
    await expect(choose(listed(role('train'), role('other')))).rejects.toThrow(
      `Name one in the job file, as trainyard.aws.role: ${one}, ${two}`,
    );
  });

  it('is missing with what to do, and looked for anew the next time', async () => {
    await expect(choose(listed())).rejects.toThrow(
      /account 111122223333 has none\. Make one .*trainyard\.aws\.role/,
    );
    expect(await choose(listed(role('train')))).toBe(one);
  });

  it('is to be named where the roles may not be listed', async () => {
    await expect(choose({ ListRoles: failing('forbidden', 'iam:ListRoles is missing') })).rejects.toThrow(
      /can’t be listed with these keys\. Name one in trainyard\.aws\.role: iam:ListRoles is missing/,
    );
  });
});

test.each([
  [trust('sagemaker.amazonaws.com'), true],
  [
    trust(['ec2.amazonaws.com', 'sagemaker.amazonaws.com'], 'Allow', ['sts:AssumeRole', 'sts:TagSession']),
    true,
  ],
  [trust('sagemaker.amazonaws.com', 'Deny'), false],
  [trust('sagemaker.amazonaws.com', 'Allow', 'sts:TagSession'), false],
  [trust('ec2.amazonaws.com'), false],
  [
    encodeURIComponent(
      '{"Statement":{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},"Action":"sts:AssumeRole"}}',
    ),
    true,
  ],
  [encodeURIComponent('{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*"}]}'), false],
  ['%', false],
  ['null', false],
  [undefined, false],
])('a trust policy lets SageMaker take the role on, or not: %#', (policy, wanted) => {
  expect(trustsSageMaker(policy)).toBe(wanted);
});
