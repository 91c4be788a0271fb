import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ScriptedAws } from '../fakes/aws/scriptedAws';

/** The program that ships, in processes of its own. */
describe('AWS connections in the CLI', () => {
  let aws: ScriptedAws;
  let folder: string;

  beforeAll(async () => {
    aws = await ScriptedAws.start();
  });

  afterAll(() => aws.stop());

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trainyard-aws-cli-'));
    await writeFile(join(folder, 'config'), '[profile work]\nregion = eu-central-1\n');
    await writeFile(
      join(folder, 'credentials'),
      '[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = secret\n',
    );
    aws.answer(({ operation }) =>
      operation === 'GetCallerIdentity' ? xml(identity) : xml(simulated('s3:PutObject')),
    );
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are added after AWS said who asks, listed, checked and removed', async () => {
    expect(await trainyard('connections', 'add', 'aws', 'work', 'eu-central-1')).toMatchObject({
      code: 0,
      out: 'aws/eu-central-1@work is added.\n',
    });
    expect(aws.requests[0]?.headers.authorization).toContain('Credential=AKIAWORK/');
    const listed = await trainyard('connections', '--json');
    expect(JSON.parse(listed.out)).toContainEqual({
      id: 'aws/eu-central-1@work',
      label: 'aws/eu-central-1@work',
      jobs: true,
      machines: true,
      removable: true,
      problem: null,
    });
    const checked = await trainyard('connections', 'check', 'aws/eu-central-1@work');
    expect(checked.out).toBe(
      'You are account 123456789012, user/ana.\n1 permission is missing.\nYou can’t store code and results in S3: s3:PutObject\n',
    );
    const policy = await trainyard('connections', 'policy', 'aws/eu-central-1@work');
    expect(JSON.parse(policy.out)).toMatchObject({ Version: '2012-10-17' });
    expect((await trainyard('connections', 'remove', 'aws/eu-central-1@work')).code).toBe(0);
    expect((await trainyard('connections')).out).not.toContain('aws/');
  });

  it('are not added where AWS does not know the keys', async () => {
    aws.answer({
      ...xml(
        '<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no</Message></Error></ErrorResponse>',
      ),
      status: 403,
    });
    const refused = await trainyard('connections', 'add', 'aws', 'work', 'eu-central-1');
    expect(refused.code).toBe(4);
    expect(refused.err).toContain('AWS does not know the keys of the AWS profile work');
    expect((await trainyard('connections')).out).not.toContain('aws/');
  });

  it.each([
    [['connections', 'add', 'aws', 'nowhere'], 'The last word is a region'],
    [['connections', 'add', 'gcp', 'x'], 'not to: gcp'],
    [['connections', 'remove', 'local'], 'local was not added here'],
    [['connections', 'rename', 'local'], 'Usage: trainyard connections'],
  ])('say what is wrong with %j', async (words, problem) => {
    const { code, err } = await trainyard(...words);
    expect(code).toBe(2);
    expect(err).toContain(problem);
  });

  function trainyard(...words: string[]): Promise<{ code: number; out: string; err: string }> {
    const env = {
      ...process.env,
      TRAINYARD_HOME: join(folder, 'home'),
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: aws.url,
    };
    return new Promise((done) => {
      const child = execFile(process.execPath, [resolve('dist/cli.js'), ...words], { env }, (_, out, err) => {
        done({ code: child.exitCode ?? -1, out, err });
      });
    });
  }
});

function xml(body: string) {
  return { headers: { 'x-amzn-requestid': 'r' }, body };
}

function simulated(denied: string): string {
  return `<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults><member><EvalActionName>${denied}</EvalActionName><EvalDecision>implicitDeny</EvalDecision></member></EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`;
}

const identity =
  '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ana</Arn><UserId>A</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>';
