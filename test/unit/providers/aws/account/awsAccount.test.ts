import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CancelledError, ProviderError } from '../../../../../src/core/errors';
import type { AwsAccount } from '../../../../../src/providers/aws/account/account';
import { awsAccount } from '../../../../../src/providers/aws/account/awsAccount';
import { Rates, type Pause } from '../../../../../src/providers/aws/account/rates';
import { OwnRates } from '../../../../../src/providers/aws/account/rateStore';
import { json, refusal, ScriptedAws } from '../../../../fakes/aws/scriptedAws';
import { workplace } from '../../../../fakes/workplace';

let aws: ScriptedAws;
let folder: string;
let waited: number[];
let account: AwsAccount;
const signal = new AbortController().signal;

beforeAll(async () => {
  aws = await ScriptedAws.start();
});

afterAll(async () => {
  await aws.stop();
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-aws-'));
  writeFileSync(join(folder, 'credentials'), keys('AKIAONE'));
  writeFileSync(join(folder, 'config'), '');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  waited = [];
  account = made();
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('An AWS account', () => {
  it('answers, and signs with the keys of the profile', async () => {
    aws.answer(json({ TrainingJobName: 'digits' }));
    await expect(describeJob()).resolves.toBe('digits');
    expect(aws.requests[0]?.operation).toBe('DescribeTrainingJob');
    expect(aws.requests[0]?.headers.authorization).toContain('Credential=AKIAONE/');
    expect(aws.requests[0]?.headers.authorization).toContain('/eu-central-1/sagemaker/');
  });

  it('puts the bucket into the path where the endpoint is a custom one', async () => {
    aws.answer({ headers: { 'x-amz-request-id': 'r' }, body: '' });
    await account.ask(
      's3',
      'The object can’t be written',
      (sdk, client, options) =>
        client.send(new sdk.PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x' }), options),
      signal,
    );
    expect(aws.requests[0]?.path).toBe('/b/k?x-id=PutObject');
  });

  it('tries again where AWS is asked too often, has a problem or cuts the connection', async () => {
    aws.answer(
      refusal('ThrottlingException', 'Rate exceeded'),
      { status: 503, body: '' },
      { cut: true },
      json({ TrainingJobName: 'digits' }),
    );
    await expect(describeJob()).resolves.toBe('digits');
    expect(aws.requests).toHaveLength(4);
    expect(waited.length).toBeGreaterThanOrEqual(3);
  });

  it('signs anew for each attempt', async () => {
    aws.answer({ status: 500, body: '' }, json({ TrainingJobName: 'digits' }));
    await describeJob();
    expect(aws.requests.every(({ headers }) => headers.authorization?.startsWith('AWS4-HMAC-SHA256'))).toBe(
      true,
    );
  });

  it('gives up after eight answers that it is too much', async () => {
    aws.answer(refusal('ThrottlingException', 'Rate exceeded'));
    await expect(describeJob()).rejects.toMatchObject({ kind: 'throttled' });
    expect(aws.requests).toHaveLength(8);
  });

  it('waits as long as the answer asks', async () => {
    aws.answer(
      { ...refusal('SlowDown', 'Slow down', 503), headers: { 'retry-after': '7' } },
      json({ TrainingJobName: 'd' }),
    );
    await describeJob();
    expect(Math.max(...waited)).toBeGreaterThanOrEqual(7000);
  });

  it('does not try again what AWS refuses', async () => {
    aws.answer(refusal('ValidationException', '1 validation error detected'));
    await expect(describeJob()).rejects.toMatchObject({
      kind: 'invalid',
      message: 'The job can’t be read: 1 validation error detected (ValidationException), request r-1',
    });
    expect(aws.requests).toHaveLength(1);
  });

  it.each([
    ['of a network that wants a sign-in', 200, 'network', 1],
    ['of a proxy in trouble', 502, 'unavailable', 4],
    ['of a server without the call', 500, 'unavailable', 1],
  ] as const)('says that a page %s is no answer', async (_, status, kind, requests) => {
    aws.answer({ status, headers: { 'content-type': 'text/html' }, body: '<!doctype html><h1>Hello' });
    const error = await describeJob().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ kind });
    expect(String(error)).toContain('page');
    expect(aws.requests).toHaveLength(requests);
  });

  it('says that a page is no answer where XML is spoken', async () => {
    aws.answer({ headers: { 'content-type': 'text/html' }, body: '<html><body>Sign in</body></html>' });
    await expect(account.accountId(signal)).rejects.toMatchObject({ kind: 'network' });
  });

  it('takes a redirect for the sign-in of a network', async () => {
    aws.answer({ status: 302, headers: { location: 'http://wifi.example/' } });
    await expect(describeJob()).rejects.toMatchObject({ kind: 'network' });
  });

  it.each(['{"TrainingJobName": "dig', 'garbage', '<html>'])(
    'never throws a SyntaxError: %s',
    async (body) => {
      aws.answer({ headers: { 'content-type': 'application/x-amz-json-1.1' }, body });
      const error = await describeJob().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'ProviderError', kind: 'unavailable' });
    },
  );

  it('ends at once when it is cancelled, also while it waits', async () => {
    aws.answer(refusal('ThrottlingException', 'Rate exceeded'));
    const abort = new AbortController();
    const slow = made((_, aborted) => {
      abort.abort();
      return aborted.aborted ? Promise.reject(new CancelledError()) : Promise.resolve();
    });
    await expect(describeJob(slow, abort.signal)).rejects.toBeInstanceOf(CancelledError);
    expect(aws.requests).toHaveLength(1);
  });

  it('takes keys that were renewed meanwhile', async () => {
    aws.answer((request) => {
      if (request.headers.authorization?.includes('AKIATWO')) return json({ TrainingJobName: 'digits' });
      writeFileSync(join(folder, 'credentials'), keys('AKIATWO'));
      return refusal('ExpiredTokenException', 'The security token included in the request is expired');
    });
    await expect(describeJob()).resolves.toBe('digits');
    expect(aws.requests).toHaveLength(2);
  });

  it('says what to do where the keys have expired', async () => {
    aws.answer(refusal('ExpiredTokenException', 'The security token included in the request is expired'));
    const error = await describeJob().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'auth' });
    expect(String(error)).toContain('keys of the AWS profile work have expired');
    expect(aws.requests).toHaveLength(1);
  });

  it('says what to do where there are no keys', async () => {
    writeFileSync(join(folder, 'credentials'), '');
    const error = await describeJob().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'auth' });
    expect(String(error)).toContain('aws configure');
  });

  it('names the permission that is missing', async () => {
    aws.answer(
      refusal(
        'AccessDeniedException',
        'User: arn:aws:iam::1:user/a is not authorized to perform: sagemaker:DescribeTrainingJob on resource: x',
      ),
    );
    const error = await describeJob().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'forbidden' });
    expect(String(error)).toContain('the permission sagemaker:DescribeTrainingJob is missing');
  });

  it('says that the clock is wrong', async () => {
    const date = new Date(Date.now() + 20 * 60_000).toUTCString();
    aws.answer({ ...refusal('RequestTimeTooSkewed', 'too skewed', 403), headers: { date } });
    const error = await describeJob().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'auth' });
    expect(String(error)).toContain('the clock of this computer is wrong by about 20 minutes');
  });

  it('tells keys that have expired from a wrong clock, of which EC2 says the same', async () => {
    const expired = (minutes: number) => ({
      ...refusal('RequestExpired', 'Request has expired.', 400),
      headers: { date: new Date(Date.now() + minutes * 60_000).toUTCString() },
    });
    aws.answer(expired(0));
    await expect(describeJob()).rejects.toThrow(/keys.* have expired/);
    aws.answer(expired(20));
    await expect(describeJob()).rejects.toThrow('the clock of this computer is wrong by about 20 minutes');
  });

  it('learns the right time where the clock is wrong', async () => {
    const date = new Date(Date.now() + 20 * 60_000).toUTCString();
    aws.answer(
      {
        ...refusal('InvalidSignatureException', 'Signature expired: is now earlier than', 403),
        headers: { date, 'content-type': 'application/x-amz-json-1.1' },
      },
      json({ TrainingJobName: 'digits' }),
    );
    await expect(describeJob()).resolves.toBe('digits');
  });

  it('says that nothing listens', async () => {
    const nowhere = made(undefined, { 'trainyard.aws.endpointUrl': 'http://127.0.0.1:1' });
    const error = await describeJob(nowhere).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'network' });
    expect(String(error)).toContain('nothing listens there');
  });

  it('loads nothing in a workspace that is not trusted', async () => {
    const untrusted = awsAccount({ ...parts(), context: { ...workplace(), trusted: () => false } });
    await expect(describeJob(untrusted)).rejects.toMatchObject({ kind: 'forbidden' });
  });
});

function parts(pause: Pause = () => Promise.resolve()) {
  return {
    connection: 'aws/eu-central-1@work',
    region: 'eu-central-1',
    profile: 'work',
    rates: new Rates(new OwnRates(), Date.now, pause, () => undefined),
    pause,
  };
}

function keys(id: string): string {
  return `[work]\naws_access_key_id = ${id}\naws_secret_access_key = secret\n`;
}

function describeJob(of = account, until: AbortSignal = signal): Promise<string | undefined> {
  return of.ask(
    'sagemaker',
    'The job can’t be read',
    async (sdk, client, options) => {
      const command = new sdk.DescribeTrainingJobCommand({ TrainingJobName: 'digits' });
      return (await client.send(command, options)).TrainingJobName;
    },
    until,
  );
}

function made(
  pause: Pause = noWait,
  settings: object = { 'trainyard.aws.endpointUrl': aws.url },
): AwsAccount {
  return awsAccount({ ...parts(pause), context: workplace(settings) });
}

function noWait(milliseconds: number): Promise<void> {
  waited.push(milliseconds);
  return Promise.resolve();
}
