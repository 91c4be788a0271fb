import type { Access, AccessCheck, AccessPolicy } from '../../../core/access';
import { ProviderError } from '../../../core/errors';
import type { Emitter, Event } from '../../../lib/event';
import type { AwsAccount } from './account';
import { checkAccess } from './missing';
import { iamPolicy, partitionOf } from './policy';
import { profileOf, readSharedConfig } from './sharedConfig';
import type { SignIns } from './signIns';

/** Signing in to an account, and what one may do in it. */
export class AwsAccess implements Access {
  readonly onDidRestore: Event<void>;

  constructor(
    private readonly account: AwsAccount,
    private readonly signIns: SignIns,
    private readonly trusted: () => boolean,
    /** Of all connections: a sign-in serves every profile that uses it. */
    private readonly restored: Emitter<void>,
  ) {
    this.onDidRestore = restored.event;
  }

  async signIn(signal: AbortSignal): Promise<void> {
    if (!this.trusted())
      throw new ProviderError('forbidden', 'You can sign in to AWS only in a workspace that you trust.');
    const name = this.account.profile ?? process.env.AWS_PROFILE ?? 'default';
    const { sso } = profileOf(await readSharedConfig(), name);
    if (sso === undefined)
      throw new ProviderError(
        'invalid',
        `The AWS profile ${name} is not one of IAM Identity Center: there is nothing to sign in to. Renew its keys where they came from.`,
      );
    await this.signIns.signIn(sso, signal);
    this.restored.fire();
    await this.account.ask(
      'sts',
      'The sign-in was accepted, and AWS still refuses this profile',
      (sdk, client, options) => client.send(new sdk.GetCallerIdentityCommand({}), options),
      signal,
    );
  }

  check(signal: AbortSignal): Promise<AccessCheck> {
    return checkAccess(this.account, signal);
  }

  policy(): Promise<AccessPolicy> {
    const text = iamPolicy(partitionOf(this.account.region));
    return Promise.resolve({ name: 'trainyard-policy.json', text, language: 'json' });
  }
}
