import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError } from '../../../src/core/errors';
import type { Settings } from '../../../src/core/settings';
import type { AwsAccount } from '../../../src/providers/aws/account/account';
import { awsAccount } from '../../../src/providers/aws/account/awsAccount';
import { Rates, type Pause } from '../../../src/providers/aws/account/rates';
import { OwnRates } from '../../../src/providers/aws/account/rateStore';
import { workplace } from '../workplace';

/** Any key is taken. */
export const testKeys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'only-for-tests' };

/** What makes the SDKs and the AWS CLI talk to the server at `url`, and look at nothing that the user has set up. */
export function awsEnvironment(url: string, region = 'us-east-1'): Record<string, string> {
  return { AWS_ENDPOINT_URL: url, AWS_REGION: region, AWS_DEFAULT_REGION: region, ...keysEnvironment };
}

const keysEnvironment = {
  AWS_ACCESS_KEY_ID: testKeys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: testKeys.secretAccessKey,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** An account whose APIs are at `url`: the one that ships, with its retries and errors. Takes its keys from the environment. */
export function testAccount(
  url: string,
  region = 'us-east-1',
  settings: Partial<Settings> = {},
  /** In which the rates are kept; absent: of this account alone. */
  rates?: Rates,
  /** How much faster its pauses and its rates’ clock go than time does. */
  speed = 1,
): AwsAccount {
  Object.assign(process.env, keysEnvironment);
  const home = join(tmpdir(), 'no-such-trainyard-home');
  const context = { ...workplace({ ...settings, 'trainyard.aws.endpointUrl': url }), home };
  return awsAccount({
    context,
    connection: `aws/${region}`,
    region,
    profile: undefined,
    rates:
      rates ??
      new Rates(
        new OwnRates(),
        () => Date.now() * speed,
        pauseAt(speed),
        () => undefined,
      ),
    pause: pauseAt(speed),
  });
}

function pauseAt(speed: number): Pause {
  return async (milliseconds, signal) => {
    try {
      await delay(milliseconds / speed, undefined, { signal });
    } catch {
      throw new CancelledError();
    }
  };
}
