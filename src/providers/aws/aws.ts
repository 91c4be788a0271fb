import type { Connection, Provider } from '../../core/provider';
import { Emitter } from '../../lib/event';
import type { ProviderContext } from '../context';
import type { AwsAccount } from './account/account';
import { AddedConnections, connectionId, type AddedConnection } from './account/addedConnections';
import { AwsAdding } from './account/adding';
import { awsAccount, sharedRates } from './account/awsAccount';
import { AwsAccess } from './account/awsAccess';
import { pause } from './account/pause';
import { SignIns } from './account/signIns';
import { AwsTrainingJobs } from './jobs/trainingJobs';
import { AwsMachines } from './machines/awsMachines';

/** What else a connection can do, made from its account. */
export type AwsFacets = Pick<Connection, 'trainingJobs' | 'instances'>;

/** Machines that jobs run on without SageMaker: a connection each. */
export type JobMachines = Pick<AwsMachines, 'attached' | 'onDidChangeAttached' | 'jobConnection' | 'dispose'>;

/** The regions of AWS accounts that a person added: a connection each. */
export function aws(context: ProviderContext): Provider {
  const machines = new AwsMachines(context);
  return new AwsProvider(
    context,
    (account) => ({
      trainingJobs: new AwsTrainingJobs(context, account),
      instances: machines.instances(account),
    }),
    machines,
  );
}

/** The same with whatever makes the facets, for tests. */
export class AwsProvider implements Provider {
  readonly id = 'aws';
  readonly label = 'AWS';
  readonly adding: AwsAdding;
  private readonly added: AddedConnections;
  private readonly rates;
  private readonly signIns: SignIns;
  /** By id, for ever: jobs that are watched go on over a change of the list. */
  private readonly known = new Map<string, Connection>();
  private readonly changed = new Emitter<void>();
  private readonly restored = new Emitter<void>();
  readonly onDidChangeConnections = this.changed.event;

  constructor(
    private readonly context: ProviderContext,
    private readonly facets: (account: AwsAccount) => AwsFacets,
    private readonly machines?: JobMachines,
  ) {
    this.added = new AddedConnections(context.home);
    this.rates = sharedRates(context, pause);
    const changed = () => {
      this.changed.fire();
    };
    this.added.onDidChange(changed);
    machines?.onDidChangeAttached(changed);
    this.signIns = new SignIns(context, pause);
    this.adding = new AwsAdding(
      this.added,
      context,
      (connection) => this.account(connection),
      (account, signal) => this.access(account).signIn(signal),
    );
  }

  /** Reads our own file and nothing of AWS's: that waits for the first call. */
  async connections(): Promise<readonly Connection[]> {
    const regions = (await this.added.list()).map((added) => this.connection(added));
    return [...regions, ...(this.machines?.attached() ?? [])];
  }

  /** An EC2 instance by its id, such as `aws/us-east-1/i-0123`: where jobs run as on an SSH host. */
  async unlisted(id: string): Promise<Connection | undefined> {
    await this.connections();
    return this.machines?.jobConnection(id);
  }

  dispose(): void {
    this.changed.dispose();
    this.restored.dispose();
    this.machines?.dispose();
    this.added.dispose();
    this.rates.dispose();
  }

  private connection(added: AddedConnection): Connection {
    const id = connectionId(added);
    const before = this.known.get(id);
    if (before) return before;
    const account = this.account(added);
    const connection: Connection = {
      id,
      label: id,
      access: this.access(account),
      remove: () => this.added.remove(id),
      ...this.facets(account),
    };
    this.known.set(id, connection);
    return connection;
  }

  private access(account: AwsAccount): AwsAccess {
    return new AwsAccess(account, this.signIns, this.context.trusted, this.restored);
  }

  private account(added: AddedConnection): AwsAccount {
    const { region, profile, account } = added;
    const { context, rates } = this;
    return awsAccount({
      context,
      connection: connectionId(added),
      region,
      profile,
      rates,
      pause,
      restored: () => {
        this.restored.fire();
      },
      ...(account === undefined ? {} : { account }),
    });
  }
}
