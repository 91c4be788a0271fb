import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { noPrompts } from '../../../../../src/cli/prompts';
import { CancelledError, DeclinedError, SignInError } from '../../../../../src/core/errors';
import type { PageToVisit } from '../../../../../src/core/prompts';
import { Emitter } from '../../../../../src/lib/event';
import type { AwsAccount } from '../../../../../src/providers/aws/account/account';
import { awsAccount } from '../../../../../src/providers/aws/account/awsAccount';
import { AwsAccess } from '../../../../../src/providers/aws/account/awsAccess';
import { Rates } from '../../../../../src/providers/aws/account/rates';
import { OwnRates } from '../../../../../src/providers/aws/account/rateStore';
import { SignIns } from '../../../../../src/providers/aws/account/signIns';
import { FakeSso } from '../../../../fakes/aws/fakeSso';
import { ScriptedAws } from '../../../../fakes/aws/scriptedAws';
import { workplace } from '../../../../fakes/workplace';
import { TestClock } from './testClock';

const never = new AbortController().signal;
const session = {
  name: 'company',
  startUrl: 'https://company.awsapps.com/start',
  region: 'eu-west-1',
  scopes: [],
};

let sso: FakeSso;
let aws: ScriptedAws;
let home: string;
let clock: TestClock;
let pages: PageToVisit[];
let restored: Emitter<void>;

beforeAll(async () => {
  aws = await ScriptedAws.start();
});

afterAll(async () => {
  await aws.stop();
});

beforeEach(async () => {
  sso = await FakeSso.start();
  home = mkdtempSync(join(tmpdir(), 'trainyard-sso-'));
  mkdirSync(join(home, '.aws'));
  writeFileSync(
    join(home, '.aws', 'config'),
    [
      '[profile work]',
      'sso_session = company',
      'sso_account_id = 123456789012',
      'sso_role_name = Engineer',
      'region = eu-central-1',
      '[sso-session company]',
      'sso_start_url = https://company.awsapps.com/start',
      'sso_region = eu-west-1',
      'sso_registration_scopes = sso:account:access',
    ].join('\n'),
  );
  vi.stubEnv('HOME', home);
  vi.stubEnv('AWS_CONFIG_FILE', join(home, '.aws', 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(home, '.aws', 'credentials'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_ENDPOINT_URL', aws.url);
  vi.stubEnv('AWS_ENDPOINT_URL_SSO', sso.url);
  vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', sso.url);
  clock = new TestClock(Date.now());
  pages = [];
  restored = new Emitter();
  aws.answer(({ headers }) =>
    headers['x-amz-security-token'] === 'token-1'
      ? { headers: { 'x-amzn-requestid': 'r' }, body: identity }
      : { status: 403, headers: { 'x-amzn-requestid': 'r' }, body: expired },
  );
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await sso.stop();
  rmSync(home, { recursive: true });
});

describe('Signing in to AWS', () => {
  it('shows a page with its code, waits for the person, and keeps the token where the AWS CLI looks for it', async () => {
    await clock.run(signIns().signIn(session, never));
    expect(pages).toMatchObject([{ url: `${sso.url}/page?user_code=ABCD-EFGH`, code: 'ABCD-EFGH' }]);
    const cache = join(home, '.aws', 'sso', 'cache');
    // sha1 of `company`, as the AWS CLI names it.
    expect(readdirSync(cache)).toEqual(['71b21161ffa1e6516bcc072aaf5ef38cbe85b511.json']);
    const path = join(cache, '71b21161ffa1e6516bcc072aaf5ef38cbe85b511.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    expect(kept).toMatchObject({
      startUrl: 'https://company.awsapps.com/start',
      region: 'eu-west-1',
      accessToken: 'token-1',
      refreshToken: 'again',
      clientId: 'us',
      clientSecret: 'ours',
      registrationExpiresAt: '2033-05-18T03:33:20Z',
    });
    expect(kept.expiresAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(sso.registered).toEqual([
      { clientName: 'Trainyard', clientType: 'public', scopes: ['sso:account:access'] },
    ]);
  });

  it('asks less often when AWS says so', async () => {
    const began = clock.now();
    await clock.run(signIns().signIn(session, never));
    // One second, and twice six.
    expect(clock.now() - began).toBeGreaterThanOrEqual(8000);
  });

  it('is one for all who want it at the same time', async () => {
    const shared = signIns();
    await clock.run(Promise.all([shared.signIn(session, never), shared.signIn(session, never)]));
    expect(pages).toHaveLength(1);
  });

  it('is declined for all who want it when the person declines it once', async () => {
    const declining = new SignIns(
      {
        ...context(),
        prompts: {
          ...noPrompts,
          visit: (page) => {
            pages.push(page);
            return Promise.resolve(false);
          },
        },
      },
      clock.pause,
    );
    const all = [1, 2, 3].map(() => declining.signIn(session, never).catch((error: unknown) => error));
    for (const error of await clock.run(Promise.all(all))) expect(error).toBeInstanceOf(DeclinedError);
    expect(pages).toHaveLength(1);
  });

  it('goes on for the others where one who waits has changed their mind', async () => {
    const shared = signIns();
    const abort = new AbortController();
    const first = shared.signIn(session, never);
    const second = shared.signIn(session, abort.signal);
    abort.abort();
    await expect(second).rejects.toBeInstanceOf(CancelledError);
    await clock.run(first);
    expect(pages).toHaveLength(1);
  });

  it('says that the person refused, and that nobody came', async () => {
    sso.person = 'refuses';
    await expect(clock.run(signIns().signIn(session, never))).rejects.toThrow('refused on the page');
    sso.person = 'sleeps';
    sso.expiresIn = 20;
    await expect(clock.run(signIns().signIn(session, never))).rejects.toThrow('in time');
  });

  it('says what to do where nobody can be asked', async () => {
    const alone = new SignIns({ ...context(), prompts: noPrompts }, clock.pause);
    await expect(clock.run(alone.signIn(session, never))).rejects.toThrow('aws sso login');
  });

  it('ends when it is cancelled', async () => {
    sso.person = 'sleeps';
    sso.expiresIn = 20;
    const abort = new AbortController();
    const cancelling = new SignIns(context(), (_, signal) => {
      abort.abort();
      return clock.pause(0, signal);
    });
    await expect(cancelling.signIn(session, abort.signal)).rejects.toMatchObject({ name: 'CancelledError' });
  });
});

describe('An account whose sign-in has expired', () => {
  it('says so with its connection, and works after one sign-in', async () => {
    const account = made();
    const before = await account.accountId(never).catch((thrown: unknown) => thrown);
    expect(before).toBeInstanceOf(SignInError);
    expect(before).toMatchObject({ kind: 'auth', connection: 'aws/eu-central-1@work' });
    // Nobody is asked because a call was refused: that is for who wants to sign in.
    expect(pages).toHaveLength(0);
    await clock.run(accessTo(account).signIn(never));
    await expect(account.accountId(never)).resolves.toBe('123456789012');
    // And for others who were refused before.
    await expect(made().accountId(never)).resolves.toBe('123456789012');
    expect(pages).toHaveLength(1);
  });

  it('wakes what waits for it at all connections: once the sign-in is there, and once a call is answered', async () => {
    let woken = 0;
    restored.event(() => woken++);
    const [account, other] = [made(), made()];
    await account.accountId(never).catch(() => undefined);
    await other.accountId(never).catch(() => undefined);
    expect(woken).toBe(0);
    await clock.run(accessTo(account).signIn(never));
    expect(woken).toBe(2);
    await other.accountId(never);
    expect(woken).toBe(3);
    await other.accountId(never);
    expect(woken).toBe(3);
  });

  it('goes on by itself when the sign-in was renewed in a terminal', async () => {
    const account = made();
    await account.accountId(never).catch(() => undefined);
    await clock.run(signIns().signIn(session, never));
    await expect(account.accountId(never)).resolves.toBe('123456789012');
  });

  it('says so too where the token was taken back before its time', async () => {
    await clock.run(signIns().signIn(session, never));
    sso.tokens.clear();
    await expect(made().accountId(never)).rejects.toBeInstanceOf(SignInError);
  });
});

function context() {
  const visit = (page: PageToVisit) => {
    pages.push(page);
    return Promise.resolve(true);
  };
  return { ...workplace(), now: clock.now, prompts: { ...noPrompts, visit } };
}

function signIns(): SignIns {
  return new SignIns(context(), clock.pause);
}

function accessTo(account: AwsAccount): AwsAccess {
  return new AwsAccess(account, signIns(), () => true, restored);
}

function made() {
  const pause = () => Promise.resolve();
  return awsAccount({
    context: workplace(),
    connection: 'aws/eu-central-1@work',
    region: 'eu-central-1',
    profile: 'work',
    rates: new Rates(new OwnRates(), Date.now, pause, () => undefined),
    pause,
    restored: () => {
      restored.fire();
    },
  });
}

const identity = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Engineer_1/ana</Arn><UserId>A:ana</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
const expired = `<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>`;
