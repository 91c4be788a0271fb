import type { NotebookInstanceSummary } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { IdleShutdown } from '../../../core/idleShutdown';
import type { Instance } from '../../../core/instance';
import type { Machine } from '../../../core/machine';
import type { AwsAccount } from '../account/account';
import { pause } from '../account/pause';
import type { Rate } from '../prices/ec2Prices';
import type { Listed, MachineSource } from './machineSource';
import { NotebookApi } from './notebookApi';
import { NotebookIdle } from './notebookIdle';
import { nameOf, NotebookIdleShutdown } from './notebookIdleShutdown';
import { notebookRow } from './notebookRow';
import { UnreachableMachine } from './unreachableMachine';

/** What a notebook's type such as `ml.g5.xlarge` costs. */
type NotebookPrices = (type: string) => Promise<Rate>;

/** SageMaker's notebook instances: Jupyter in the browser. */
export class NotebookMachines implements MachineSource {
  readonly what = 'SageMaker notebook instances';
  private readonly machines = new Map<string, Machine>();
  private readonly api: NotebookApi;
  private readonly idle: NotebookIdle;
  readonly idleShutdown: IdleShutdown;

  /** `watch` gives the text of `src/remote/notebookIdle.sh`. */
  constructor(
    private readonly account: AwsAccount,
    private readonly price: NotebookPrices,
    watch: () => Promise<string>,
    pauses = pause,
  ) {
    this.api = new NotebookApi(account);
    this.idle = new NotebookIdle(this.api);
    this.idleShutdown = new NotebookIdleShutdown({ api: this.api, idle: this.idle, watch, pause: pauses });
  }

  owns(id: string): boolean {
    return /\/notebook\/[^/]+$/.test(id);
  }

  async list(signal: AbortSignal): Promise<Listed> {
    const rows: Instance[] = [];
    const gone: string[] = [];
    for (const found of await this.api.list(undefined, signal)) {
      const row = await this.row(found, signal);
      if (row) rows.push(row);
      else gone.push(`${this.account.connection}/notebook/${found.NotebookInstanceName ?? ''}`);
    }
    return { rows, gone };
  }

  async get(id: string, signal: AbortSignal): Promise<Instance> {
    const found = await this.api.describe(nameOf(id), signal);
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
      this.idle.fact(found.NotebookInstanceLifecycleConfigName, signal),
    ]);
    return notebookRow(found, this.account.connection, rate, idle);
  }
}

/** An address that AWS made; nothing else is opened. */
export function pageUrl(url: string | undefined, name: string): string {
  if (url?.startsWith('https://') !== true)
    throw new ProviderError('unavailable', `AWS gave no address of a page: ${name}`);
  return url;
}
