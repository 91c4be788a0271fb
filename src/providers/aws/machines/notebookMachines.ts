import type { NotebookInstanceSummary } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { Instance } from '../../../core/instance';
import type { Machine } from '../../../core/machine';
import type { AwsAccount } from '../account/account';
import type { Rate } from '../prices/ec2Prices';
import type { Listed, MachineSource } from './machineSource';
import { NotebookIdle } from './notebookIdle';
import { notebookRow } from './notebookRow';
import { UnreachableMachine } from './unreachableMachine';

/** What a notebook's type such as `ml.g5.xlarge` costs. */
type NotebookPrices = (type: string) => Promise<Rate>;

/** SageMaker's notebook instances: Jupyter in the browser. */
export class NotebookMachines implements MachineSource {
  readonly what = 'SageMaker notebook instances';
  private readonly machines = new Map<string, Machine>();
  private readonly idle: NotebookIdle;

  constructor(
    private readonly account: AwsAccount,
    private readonly price: NotebookPrices,
  ) {
    this.idle = new NotebookIdle(account);
  }

  owns(id: string): boolean {
    return /\/notebook\/[^/]+$/.test(id);
  }

  async list(signal: AbortSignal): Promise<Listed> {
    const rows: Instance[] = [];
    const gone: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.account.ask(
        'sagemaker',
        'The SageMaker notebook instances can’t be listed',
        (sdk, client, options) =>
          client.send(
            new sdk.ListNotebookInstancesCommand({
              MaxResults: 100,
              ...(token !== undefined && { NextToken: token }),
            }),
            options,
          ),
        signal,
      );
      for (const found of page.NotebookInstances ?? []) {
        const row = await this.row(found, signal);
        if (row) rows.push(row);
        else gone.push(`${this.account.connection}/notebook/${found.NotebookInstanceName ?? ''}`);
      }
      token = page.NextToken;
    } while (token !== undefined && token !== '');
    return { rows, gone };
  }

  async get(id: string, signal: AbortSignal): Promise<Instance> {
    const found = await this.account.ask(
      'sagemaker',
      'The SageMaker notebook instance can’t be looked at',
      (sdk, client, options) =>
        client.send(new sdk.DescribeNotebookInstanceCommand({ NotebookInstanceName: nameOf(id) }), options),
      signal,
    );
    const summary = {
      ...found,
      NotebookInstanceArn: found.NotebookInstanceArn ?? '',
      NotebookInstanceName: found.NotebookInstanceName ?? nameOf(id),
    };
    const row = await this.row(summary, signal);
    if (!row) throw new ProviderError('notFound', `It is being deleted: ${nameOf(id)}`);
    const { FailureReason: why = '' } = found;
    return why === '' ? row : { ...row, facts: [...row.facts, ['Why', why]] };
  }

  async start(id: string, signal: AbortSignal): Promise<void> {
    await this.account.ask(
      'sagemaker',
      'The SageMaker notebook instance can’t be started',
      (sdk, client, options) =>
        client.send(new sdk.StartNotebookInstanceCommand({ NotebookInstanceName: nameOf(id) }), options),
      signal,
    );
  }

  async stop(id: string, signal: AbortSignal): Promise<void> {
    await this.account.ask(
      'sagemaker',
      'The SageMaker notebook instance can’t be stopped, and goes on costing',
      (sdk, client, options) =>
        client.send(new sdk.StopNotebookInstanceCommand({ NotebookInstanceName: nameOf(id) }), options),
      signal,
    );
  }

  async page(id: string, signal: AbortSignal): Promise<string> {
    const { AuthorizedUrl } = await this.account.ask(
      'sagemaker',
      'The page of the SageMaker notebook instance can’t be opened',
      (sdk, client, options) =>
        client.send(
          new sdk.CreatePresignedNotebookInstanceUrlCommand({ NotebookInstanceName: nameOf(id) }),
          options,
        ),
      signal,
    );
    return pageUrl(AuthorizedUrl, nameOf(id));
  }

  machine({ id, label }: Pick<Instance, 'id' | 'label'>): Machine {
    const machine = this.machines.get(id) ?? new UnreachableMachine(id, label);
    this.machines.set(id, machine);
    return machine;
  }

  private async row(found: NotebookInstanceSummary, signal: AbortSignal): Promise<Instance | undefined> {
    const [rate, idle] = await Promise.all([
      this.price(found.InstanceType ?? ''),
      this.idle.text(found.NotebookInstanceLifecycleConfigName, signal),
    ]);
    return notebookRow(found, this.account.connection, rate, idle);
  }
}

function nameOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

/** An address that AWS made; nothing else is opened. */
export function pageUrl(url: string | undefined, name: string): string {
  if (url?.startsWith('https://') !== true)
    throw new ProviderError('unavailable', `AWS gave no address of a page: ${name}`);
  return url;
}
