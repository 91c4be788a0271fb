import type { AwsService, Clients, Sdk } from './sdk';

/** One region as one profile sees it: the only way to AWS's APIs. */
export interface AwsAccount {
  /** Id of the connection, such as `aws/us-east-1`, or `aws/us-east-1@work` with a profile other than the default one. */
  readonly connection: string;
  readonly region: string;
  /** Of the shared AWS config; `undefined`: whatever the SDK's own chain finds. */
  readonly profile: string | undefined;

  /**
   * Calls one operation: `ask('sagemaker', 'The job can’t be read', (sdk, client, options) => client.send(new sdk.DescribeTrainingJobCommand({…}), options), signal)`.
   * Retried where AWS asks for it, under the rate that all windows of this account, region and API share. Throws `ProviderError` that
   * begins with `what`, says what AWS said and what to do, or `CancelledError`.
   */
  ask<S extends AwsService, T>(
    service: S,
    what: string,
    call: (sdk: Sdk<S>, client: Clients[S], options: { readonly abortSignal: AbortSignal }) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>;

  /** The 12 digits of the account, asked once. Throws as `ask` does. */
  accountId(signal: AbortSignal): Promise<string>;
}
