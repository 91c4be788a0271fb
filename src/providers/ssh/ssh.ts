import { ProviderError } from '../../core/errors';
import type { Machine } from '../../core/machine';
import type { Connection, Provider } from '../../core/provider';
import type { Disposable } from '../../lib/disposables';
import type { ProviderContext } from '../context';
import { HostAdding } from './hosts/addHost';
import { HostInstances } from './hosts/hostInstances';
import { KnownHostsFiles } from './hosts/hostKeys';
import { KeyFiles } from './hosts/keyFiles';
import { SshHosts, type SshHost } from './hosts/sshHosts';
import { surroundings } from './hosts/surroundings';
import { SshTrainingJobs } from './jobs/trainingJobs';
import type { SshMachineParts } from './link/parts';
import { SshMachine } from './link/sshMachine';

/** The hosts of the user's ssh_config, and those that were added by hand: a connection each. */
export function ssh(context: ProviderContext): Provider {
  return new SshProvider(context, (parts) => new SshMachine(parts));
}

/** The same with whatever makes a machine, for tests. */
export class SshProvider implements Provider {
  readonly id = 'ssh';
  readonly label = 'SSH';
  readonly adding: HostAdding;
  private readonly keys: KeyFiles;
  private readonly hostKeys: KnownHostsFiles;
  /** By alias, for ever: a machine reads its configuration anew at each connect. */
  private readonly machines = new Map<string, Machine & Disposable>();
  /** By id, for ever: jobs that are watched go on over a change of the configuration. */
  private readonly jobs = new Map<string, SshTrainingJobs>();
  /** By id, with what the host was then. */
  private readonly known = new Map<string, { readonly mark: string; readonly connection: Connection }>();

  constructor(
    private readonly context: ProviderContext,
    private readonly connect: (parts: SshMachineParts) => Machine & Disposable,
    private readonly hosts = new SshHosts(context),
    home = surroundings().home,
  ) {
    this.adding = new HostAdding(hosts, context, home);
    this.keys = new KeyFiles(context.log);
    this.hostKeys = new KnownHostsFiles(context.log);
  }

  get onDidChangeConnections() {
    return this.hosts.onDidChange;
  }

  async connections(): Promise<readonly Connection[]> {
    return (await this.hosts.list()).map((host) => this.connection(host));
  }

  /**
   * Several hosts taken together, such as `ssh/a,b`: where one job runs on all of them. Throws `ProviderError` of kind `notFound` that
   * names the host which is not there.
   */
  async unlisted(id: string): Promise<Connection | undefined> {
    if (!id.startsWith('ssh/')) return undefined;
    const aliases = id.slice('ssh/'.length).split(',');
    const listed = new Set((await this.hosts.list()).map(({ alias }) => alias));
    const absent = aliases.find((alias) => !listed.has(alias));
    if (absent !== undefined)
      throw new ProviderError(
        'notFound',
        `There is no such host in your SSH configuration. Write it there, or use Add Connection…: ${absent}`,
      );
    if (new Set(aliases).size < aliases.length)
      throw new ProviderError(
        'invalid',
        `A host is named twice; each can be named once: ${aliases.join(',')}`,
      );
    return this.same(id, '', () => ({
      id,
      label: aliases.join(', '),
      trainingJobs: this.trainingJobs(id, aliases),
    }));
  }

  dispose(): void {
    for (const machine of this.machines.values()) machine.dispose();
  }

  private connection(host: SshHost): Connection {
    const { alias } = host;
    const id = `ssh/${alias}`;
    return this.same(id, JSON.stringify(host), () => {
      const instances = new HostInstances(host, this.machine(alias), this.hosts, this.adding, this.context);
      return {
        id,
        label: alias,
        trainingJobs: this.trainingJobs(id, [alias]),
        instances,
        ...(host.own && { remove: () => instances.remove(id) }),
      };
    });
  }

  private trainingJobs(id: string, aliases: readonly string[]): SshTrainingJobs {
    const before = this.jobs.get(id);
    if (before) return before;
    const hosts = aliases.map((alias) => ({ alias, machine: this.machine(alias) }));
    const jobs = new SshTrainingJobs(this.context, id, hosts);
    this.jobs.set(id, jobs);
    return jobs;
  }

  private same(id: string, mark: string, make: () => Connection): Connection {
    const before = this.known.get(id);
    if (before?.mark === mark) return before.connection;
    const connection = make();
    this.known.set(id, { mark, connection });
    return connection;
  }

  private machine(alias: string): Machine {
    const before = this.machines.get(alias);
    if (before) return before;
    const machine = this.connect({
      alias,
      context: this.context,
      resolve: (signal) => this.hosts.resolve(alias, signal),
      hostKeys: this.hostKeys,
      keyFile: (path) => this.keys.get(path),
    });
    this.machines.set(alias, machine);
    return machine;
  }
}
