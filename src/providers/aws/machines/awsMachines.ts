import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../../../core/machine';
import type { Connection } from '../../../core/provider';
import type { Disposable } from '../../../lib/disposables';
import { Emitter } from '../../../lib/event';
import type { ProviderContext } from '../../context';
import { KnownHostsFiles } from '../../ssh/hosts/hostKeys';
import { KeyFiles } from '../../ssh/hosts/keyFiles';
import { SshHosts } from '../../ssh/hosts/sshHosts';
import { surroundings } from '../../ssh/hosts/surroundings';
import { SshTrainingJobs } from '../../ssh/jobs/trainingJobs';
import { SshMachine } from '../../ssh/link/sshMachine';
import type { AwsAccount } from '../account/account';
import { pause } from '../account/pause';
import type { Pause } from '../account/rates';
import { KeptAnswers } from '../prices/keptAnswers';
import { LaunchIntents } from '../launch/launchIntents';
import { Launches } from '../launch/launches';
import { SageMakerPrices } from '../prices/sageMakerPrices';
import { AwsInstances } from './awsInstances';
import { Ec2Instances } from './ec2Instances';
import { Ec2Machines } from './ec2Machines';
import { instanceHost } from './instanceHost';
import { InstancePrices } from './instancePrices';
import { NotebookMachines } from './notebookMachines';
import { SpaceMachines } from './spaceMachines';

/** The machines of all AWS connections. An EC2 instance is reached with the SSH provider's own link, keys, known hosts and configuration. */
export class AwsMachines implements Disposable {
  private readonly hosts: SshHosts;
  private readonly keys: KeyFiles;
  private readonly hostKeys: KnownHostsFiles;
  private readonly prices: KeptAnswers;
  /** By connection. */
  private readonly facets = new Map<
    string,
    { readonly instances: AwsInstances; readonly ec2: Ec2Machines }
  >();
  /** By id, for ever: jobs that are watched go on whatever becomes of the list. */
  private readonly places = new Map<string, Connection>();
  private readonly attachedChanged = new Emitter<void>();
  private readonly held = new Map<string, Machine>();

  /** `attached` has changed. */
  readonly onDidChangeAttached = this.attachedChanged.event;

  constructor(
    private readonly context: ProviderContext,
    private readonly pauses: Pause = pause,
    private readonly here = surroundings(),
  ) {
    this.hosts = new SshHosts(context, here);
    this.keys = new KeyFiles(context.log);
    this.hostKeys = new KnownHostsFiles(context.log);
    this.prices = new KeptAnswers(context.home, context.now);
  }

  /** The same for the same connection. */
  instances(account: AwsAccount): AwsInstances {
    const before = this.facets.get(account.connection);
    if (before) return before.instances;
    const { log, now, home } = this.context;
    const kept = this.prices;
    const api = new Ec2Instances(account);
    const prices = new InstancePrices(account, kept, now);
    const ec2 = this.ec2Machines(account, api, prices);
    const managed = new SageMakerPrices(kept, account);
    const { connection, region } = account;
    const instances = new AwsInstances({
      connection,
      region,
      sources: [
        ec2,
        new NotebookMachines(
          account,
          (type) => managed.notebook(type),
          () => readFile(join(this.context.remoteFolder, 'notebookIdle.sh'), 'utf8'),
          this.pauses,
        ),
        new SpaceMachines(account, (type, app) => managed.studio(type, app), this.pauses),
      ],
      launches: new Launches({
        account,
        ec2: api,
        intents: new LaunchIntents(home, now),
        prices: prices.types,
        kept,
        home: this.here.home,
      }),
      log,
      now,
      pause: this.pauses,
    });
    this.facets.set(connection, { instances, ec2 });
    return instances;
  }

  /** The attached EC2 instances as connections that run jobs. */
  attached(): readonly Connection[] {
    return [...this.held.keys()].flatMap((id) => this.jobConnection(id) ?? []);
  }

  /** The connection of one EC2 instance, by its id such as `aws/us-east-1/i-0123`, on which jobs run as on any SSH host. */
  jobConnection(id: string): Connection | undefined {
    const [, connection = '', instance = ''] = /^(aws\/[^/]+)\/(i-[0-9a-f]+)$/.exec(id) ?? [];
    const facet = this.facets.get(connection);
    if (!facet) return undefined;
    const before = this.places.get(id);
    if (before) return before;
    const machine = facet.instances.machine(id);
    const price = () => facet.instances.find(id)?.hourlyUsd ?? null;
    // Names of instances change; where a job runs is kept by what doesn't.
    const hosts = [{ alias: instance, machine }];
    const made = { id, label: id, trainingJobs: new SshTrainingJobs(this.context, id, hosts, price) };
    this.places.set(id, made);
    return made;
  }

  dispose(): void {
    for (const { instances, ec2 } of this.facets.values()) {
      instances.dispose();
      ec2.dispose();
    }
    this.hosts.dispose();
    this.attachedChanged.dispose();
  }

  private ec2Machines(account: AwsAccount, ec2: Ec2Instances, prices: InstancePrices): Ec2Machines {
    const { context, here, hosts, hostKeys, keys } = this;
    const { setting } = context;
    const parts = {
      account,
      setting,
      here,
      reach: (name: string, signal: AbortSignal) => hosts.reach(name, signal),
      image: (id: string, signal: AbortSignal) => ec2.image(id, signal),
    };
    return new Ec2Machines(
      account,
      ec2,
      (found, signal) => instanceHost(found, parts, signal),
      (id, alias, resolve) => {
        const keyFile = (path: string) => keys.get(path);
        const machine = new SshMachine({ id, alias, context, resolve, hostKeys, keyFile });
        machine.onDidChangeStatus(({ state }) => {
          this.hold(machine, state !== 'detached');
        });
        return machine;
      },
      prices,
      context.log,
    );
  }

  private hold(machine: Machine, attached: boolean): void {
    if (this.held.has(machine.id) === attached) return;
    if (attached) this.held.set(machine.id, machine);
    else this.held.delete(machine.id);
    this.attachedChanged.fire();
  }
}
