import type {
  DescribeNotebookInstanceLifecycleConfigOutput,
  DescribeNotebookInstanceOutput,
  NotebookInstanceLifecycleHook,
  NotebookInstanceSummary,
} from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { AwsAccount } from '../account/account';
import { allPages } from '../account/pages';

const cantBeSet = 'The idle shutdown of the notebook instance can’t be set';

/** What SageMaker says of notebook instances and their lifecycle configurations. Throws `ProviderError`. */
export class NotebookApi {
  constructor(private readonly account: AwsAccount) {}

  describe(name: string, signal: AbortSignal): Promise<DescribeNotebookInstanceOutput> {
    return this.account.ask(
      'sagemaker',
      'The SageMaker notebook instance can’t be looked at',
      (sdk, client, options) =>
        client.send(new sdk.DescribeNotebookInstanceCommand({ NotebookInstanceName: name }), options),
      signal,
    );
  }

  /** All of them, or those whose configuration has this in its name. */
  list(script: string | undefined, signal: AbortSignal): Promise<readonly NotebookInstanceSummary[]> {
    const only = script === undefined ? {} : { NotebookInstanceLifecycleConfigNameContains: script };
    return allPages((token) =>
      this.account.ask(
        'sagemaker',
        'The SageMaker notebook instances can’t be listed',
        async (sdk, client, options) => {
          const command = new sdk.ListNotebookInstancesCommand({ MaxResults: 100, ...only, ...token });
          const page = await client.send(command, options);
          return [page.NotebookInstances, page.NextToken] as const;
        },
        signal,
      ),
    );
  }

  /** `undefined` where there is none of this name. */
  async script(
    name: string,
    signal: AbortSignal,
  ): Promise<DescribeNotebookInstanceLifecycleConfigOutput | undefined> {
    try {
      return await this.account.ask(
        'sagemaker',
        'The lifecycle script of the notebook instance can’t be read',
        (sdk, client, options) =>
          client.send(
            new sdk.DescribeNotebookInstanceLifecycleConfigCommand({
              NotebookInstanceLifecycleConfigName: name,
            }),
            options,
          ),
        signal,
      );
    } catch (error) {
      if (error instanceof ProviderError && error.kind === 'notFound') return undefined;
      throw error;
    }
  }

  async makeScript(name: string, hook: NotebookInstanceLifecycleHook, signal: AbortSignal): Promise<void> {
    await this.account.ask(
      'sagemaker',
      cantBeSet,
      (sdk, client, options) =>
        client.send(
          new sdk.CreateNotebookInstanceLifecycleConfigCommand({
            NotebookInstanceLifecycleConfigName: name,
            OnStart: [hook],
            Tags: [{ Key: 'trainyard:idle', Value: 'notebook' }],
          }),
          options,
        ),
      signal,
    );
  }

  async changeScript(name: string, hook: NotebookInstanceLifecycleHook, signal: AbortSignal): Promise<void> {
    await this.account.ask(
      'sagemaker',
      cantBeSet,
      (sdk, client, options) =>
        client.send(
          new sdk.UpdateNotebookInstanceLifecycleConfigCommand({
            NotebookInstanceLifecycleConfigName: name,
            OnStart: [hook],
          }),
          options,
        ),
      signal,
    );
  }

  async deleteScript(name: string, signal: AbortSignal): Promise<void> {
    await this.account.ask(
      'sagemaker',
      'The lifecycle script that Trainyard made can’t be deleted, and costs nothing',
      (sdk, client, options) =>
        client.send(
          new sdk.DeleteNotebookInstanceLifecycleConfigCommand({ NotebookInstanceLifecycleConfigName: name }),
          options,
        ),
      signal,
    );
  }

  /** Takes that script, or none. Comes back once AWS took the request; the instance is `Updating` then. */
  async attach(name: string, script: string | null, signal: AbortSignal): Promise<void> {
    const change = script === null ? { DisassociateLifecycleConfig: true } : { LifecycleConfigName: script };
    await this.account.ask(
      'sagemaker',
      cantBeSet,
      (sdk, client, options) =>
        client.send(
          new sdk.UpdateNotebookInstanceCommand({ NotebookInstanceName: name, ...change }),
          options,
        ),
      signal,
    );
  }

  /** Whether a role may stop that instance, as IAM says; `undefined` where it may not be asked. */
  async mayStop(role: string, instance: string, signal: AbortSignal): Promise<boolean | undefined> {
    try {
      const { EvaluationResults: results = [] } = await this.account.ask(
        'iam',
        'The role’s permissions can’t be checked',
        (sdk, client, options) =>
          client.send(
            new sdk.SimulatePrincipalPolicyCommand({
              PolicySourceArn: role,
              ActionNames: ['sagemaker:StopNotebookInstance'],
              ResourceArns: [instance],
            }),
            options,
          ),
        signal,
      );
      return results.length === 0
        ? undefined
        : results.every(({ EvalDecision: decision }) => decision === 'allowed');
    } catch (error) {
      if (error instanceof ProviderError) return undefined;
      throw error;
    }
  }
}
