import type { Connection, Provider } from '../../core/provider';
import type { ProviderContext } from '../context';
import type { AwsAccount } from './account/account';
import { AddedConnections, connectionId, type AddedConnection } from './account/addedConnections';
import { AwsAdding } from './account/adding';
import { awsAccount, sharedRates } from './account/awsAccount';
import { AwsAccess } from './account/awsAccess';
import { pause } from './account/pause';
import { SignIns } from './account/signIns';
import { AwsTrainingJobs } from './jobs/trainingJobs';

/** What else a connection can do, made from its account. */
export type AwsFacets = Pick<Connection, 'trainingJobs' | 'instances'>;

/** The regions of AWS accounts that a person added: a connection each. */
export function aws(context: ProviderContext): Provider {
  return new AwsProvider(context, (account) => ({ trainingJobs: new AwsTrainingJobs(context, account) }));
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

  constructor(
    private readonly context: ProviderContext,
    private readonly facets: (account: AwsAccount) => AwsFacets,
  ) {
    this.added = new AddedConnections(context.home);
    this.rates = sharedRates(context, pause);
    this.signIns = new SignIns(context, pause);
    this.adding = new AwsAdding(
      this.added,
      context,
      (connection) => this.account(connection),
      (account, signal) => this.access(account).signIn(signal),
    );
  }

  get onDidChangeConnections() {
    return this.added.onDidChange;
  }

  /** Reads our own file and nothing of AWS's: that waits for the first call. */
  async connections(): Promise<readonly Connection[]> {
    return (await this.added.list()).map((added) => this.connection(added));
  }

  dispose(): void {
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
    return new AwsAccess(account, this.signIns, this.context.trusted);
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
      ...(account === undefined ? {} : { account }),
    });
  }
}
