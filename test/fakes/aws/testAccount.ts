import type { AwsAccount } from '../../../src/providers/aws/account/account';
import { loadSdk, type AwsService, type Clients, type Sdk } from '../../../src/providers/aws/account/sdk';

/** Any key is taken. */
export const testKeys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'only-for-tests' };

/** What makes the SDK, the AWS CLI and boto3 talk to the server at `url`, and look at nothing that the user has set up. */
export function awsEnvironment(url: string, region = 'us-east-1'): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: testKeys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: testKeys.secretAccessKey,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** An account whose APIs are at `url`. Errors come as the SDK throws them. */
export function testAccount(url: string, region = 'us-east-1'): AwsAccount {
  const clients = new Map<AwsService, Promise<readonly [unknown, unknown]>>();
  const load = async (service: AwsService) => {
    const sdk = await loadSdk[service]();
    const [, Client] = Object.entries(sdk).find(([name]) => /^[A-Z]\w+Client$/.test(name)) ?? [];
    const config = { endpoint: url, region, credentials: testKeys, maxAttempts: 5, forcePathStyle: true };
    return [sdk, new (Client as new (config: unknown) => unknown)(config)] as const;
  };
  return {
    connection: `aws/${region}`,
    region,
    profile: undefined,
    async ask(service, _what, call, signal) {
      const loaded = clients.get(service) ?? load(service);
      clients.set(service, loaded);
      const [sdk, client] = await loaded;
      return call(sdk as Sdk<typeof service>, client as Clients[typeof service], { abortSignal: signal });
    },
    async accountId(signal) {
      const { Account } = await this.ask(
        'sts',
        'Who this is can’t be asked',
        (sdk, client, options) => client.send(new sdk.GetCallerIdentityCommand({}), options),
        signal,
      );
      return Account ?? '';
    },
  };
}
