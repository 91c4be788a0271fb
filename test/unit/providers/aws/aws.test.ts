import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AwsProvider } from '../../../../src/providers/aws/aws';
import { ScriptedAws } from '../../../fakes/aws/scriptedAws';
import { until } from '../../../fakes/until';
import { workplace } from '../../../fakes/workplace';

const never = new AbortController().signal;

let aws: ScriptedAws;
let home: string;
let trusted: boolean;
let providers: AwsProvider[];

beforeAll(async () => {
  aws = await ScriptedAws.start();
});

afterAll(async () => {
  await aws.stop();
});

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'trainyard-aws-'));
  trusted = true;
  providers = [];
  writeFileSync(
    join(home, 'config'),
    [
      '[default]',
      'region = us-west-2',
      '[profile work]',
      'region = eu-central-1',
      'sso_session = company',
      'sso_role_name = Engineer',
      '[profile train]',
      'role_arn = arn:aws:iam::1:role/Trainer',
      'source_profile = work',
      '[profile keys]',
      '[sso-session company]',
      'sso_start_url = https://company.awsapps.com/start',
      'sso_region = eu-west-1',
    ].join('\n'),
  );
  writeFileSync(
    join(home, 'credentials'),
    '[keys]\naws_access_key_id = AKIA\naws_secret_access_key = secret-of-keys\n',
  );
  vi.stubEnv('AWS_CONFIG_FILE', join(home, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(home, 'credentials'));
  vi.stubEnv('AWS_PROFILE', undefined);
  vi.stubEnv('AWS_REGION', 'ap-south-1');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  aws.answer({ headers: { 'x-amzn-requestid': 'r' }, body: identity });
});

afterEach(() => {
  vi.unstubAllEnvs();
  for (const provider of providers) provider.dispose();
  rmSync(home, { recursive: true });
});

describe('Adding an AWS connection', () => {
  it('offers the profiles of the AWS config, then the profile’s own region first', async () => {
    const { adding } = made();
    const profiles = await adding.choices([], never);
    expect(profiles?.items.map(({ value, description }) => [value, description])).toEqual([
      ['-', 'no keys · us-west-2'],
      ['work', 'IAM Identity Center, Engineer · eu-central-1'],
      ['train', 'role Trainer'],
      ['keys', 'keys in a file'],
    ]);
    const regions = await adding.choices(['work'], never);
    expect(regions?.items.slice(0, 3).map(({ value }) => value)).toEqual([
      'eu-central-1',
      'ap-south-1',
      'us-east-1',
    ]);
    expect(await adding.choices(['work', 'eu-central-1'], never)).toBeUndefined();
  });

  it('asks AWS who it is, and keeps names and no keys', async () => {
    const provider = made();
    await expect(provider.adding.add('keys eu-central-1', never)).resolves.toBe('aws/eu-central-1@keys');
    expect(aws.requests[0]?.operation).toBe('GetCallerIdentity');
    const kept = readFileSync(join(home, 'aws.json'), 'utf8');
    expect(JSON.parse(kept)).toEqual({
      version: 1,
      connections: [{ region: 'eu-central-1', profile: 'keys', account: '123456789012' }],
    });
    expect(kept).not.toContain('secret');
    expect((await provider.connections()).map(({ id }) => id)).toEqual(['aws/eu-central-1@keys']);
  });

  it('gives the same connection each time, and one for a region added twice', async () => {
    const provider = made();
    await provider.adding.add('keys eu-central-1', never);
    const [first] = await provider.connections();
    await provider.adding.add('keys eu-central-1', never);
    expect(await provider.connections()).toEqual([first]);
  });

  it('keeps nothing where AWS refuses', async () => {
    const provider = made();
    aws.answer({
      status: 403,
      headers: { 'x-amzn-requestid': 'r' },
      body: '<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no</Message></Error></ErrorResponse>',
    });
    await expect(provider.adding.add('keys eu-central-1', never)).rejects.toMatchObject({ kind: 'auth' });
    expect(await provider.connections()).toEqual([]);
  });

  it('names the profiles there are where there is none of this name', async () => {
    await expect(made().adding.add('wrok us-east-1', never)).rejects.toThrow(
      /It has default, work, train, keys: wrok/,
    );
  });

  it.each([
    ['', 'The last word is a region'],
    ['work', 'The last word is a region'],
    ['work us-east-1 more', 'Two words at most'],
    ['us-east-1 work', 'The last word is a region'],
    ['w"rk us-east-1', 'letters, digits'],
  ])('says what is wrong with “%s”', (text, problem) => {
    expect(made().adding.check(text)).toContain(problem);
  });

  it.each(['work us-east-1', 'us-gov-west-1', '- us-east-1', 'a.b@c us-iso-east-1'])('takes “%s”', (text) => {
    expect(made().adding.check(text)).toBeUndefined();
  });

  it('reads no AWS config in a workspace that is not trusted', async () => {
    trusted = false;
    await expect(made().adding.choices([], never)).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(made().adding.add('keys us-east-1', never)).rejects.toMatchObject({ kind: 'forbidden' });
    expect(aws.requests).toEqual([]);
  });
});

describe('AWS connections', () => {
  it('are seen by other windows, and go when they are removed', async () => {
    const [one, two] = [made(), made()];
    expect(await two.connections()).toEqual([]);
    let changes = 0;
    two.onDidChangeConnections(() => changes++);
    await one.adding.add('keys eu-central-1', never);
    await until('the other window sees it', () => changes > 0);
    const [added] = await two.connections();
    expect(added?.id).toBe('aws/eu-central-1@keys');
    await added?.remove?.(never);
    expect(await one.connections()).toEqual([]);
  });

  it('are none lost when windows add at once', async () => {
    const windows = [made(), made(), made()];
    await Promise.all(windows.map((window, index) => window.adding.add(`keys us-east-${index + 1}`, never)));
    expect((await made().connections()).map(({ id }) => id).toSorted()).toEqual([
      'aws/us-east-1@keys',
      'aws/us-east-2@keys',
      'aws/us-east-3@keys',
    ]);
  });

  it.each(['garbage', '{"version": 2, "connections": []}', '{"version": 1, "connections": [{"region": 5}]}'])(
    'say that their file can’t be read: %s',
    async (text) => {
      writeFileSync(join(home, 'aws.json'), text);
      await expect(made().connections()).rejects.toMatchObject({ kind: 'invalid' });
    },
  );
});

describe('Checking an AWS connection', () => {
  it('says which permissions are missing and what for', async () => {
    aws.answer(({ operation, body }) => ({
      headers: { 'x-amzn-requestid': 'r' },
      body: operation === 'GetCallerIdentity' ? identity : simulation(body, 's3:PutObject', 'iam:GetRole'),
    }));
    const result = await (await added()).access?.check(never);
    expect(result).toEqual({
      who: 'account 123456789012, user/ana',
      missing: [{ permission: 's3:PutObject', needed: 'store code and results in S3' }],
      complete: true,
    });
  });

  it('says that it can’t know where IAM may not be asked', async () => {
    aws.answer(({ operation }) =>
      operation === 'GetCallerIdentity'
        ? { headers: { 'x-amzn-requestid': 'r' }, body: identity }
        : {
            status: 403,
            headers: { 'x-amzn-requestid': 'r' },
            body: '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>',
          },
    );
    const result = await (await added()).access?.check(never);
    expect(result?.complete).toBe(false);
  });

  it('offers a policy as a document', async () => {
    const policy = await (await added()).access?.policy(never);
    expect(policy?.language).toBe('json');
    expect(policy?.text).toContain('sagemaker:CreateTrainingJob');
  });
});

async function added() {
  const provider = made();
  await provider.adding.add('keys eu-central-1', never);
  const [connection] = await provider.connections();
  if (!connection) throw new Error('none');
  return connection;
}

function made(): AwsProvider {
  const context = { ...workplace({ 'trainyard.aws.endpointUrl': aws.url }), home, trusted: () => trusted };
  const provider = new AwsProvider(context, () => ({}));
  providers.push(provider);
  return provider;
}

/** Allows everything that was asked about but these. */
function simulation(body: string, ...denied: readonly string[]): string {
  const results = [...new URLSearchParams(body)]
    .filter(([name]) => name.startsWith('ActionNames.member.'))
    .map(([, action]) => {
      const decision = denied.includes(action) ? 'implicitDeny' : 'allowed';
      return `<member><EvalActionName>${action}</EvalActionName><EvalDecision>${decision}</EvalDecision></member>`;
    });
  return `<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults>${results.join('')}</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`;
}

const identity =
  '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ana</Arn><UserId>A</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>';
