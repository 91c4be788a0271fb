import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import { messageOf, ProviderError } from '../../../core/errors';
import type { Instance, PowerOff } from '../../../core/instance';
import type { Log } from '../../../core/log';
import type { Machine } from '../../../core/machine';
import type { Disposable } from '../../../lib/disposables';
import type { HostConfig } from '../../ssh/hostConfig';
import type { AwsAccount } from '../account/account';
import { ec2Row } from './ec2Row';
import type { Ec2Instances } from './ec2Instances';
import type { InstancePrices } from './instancePrices';
import type { Listed, MachineSource } from './machineSource';

/** Makes the machine that an instance is. `resolve` says how it is reached now. */
export type ConnectInstance = (
  id: string,
  label: string,
  resolve: (signal: AbortSignal) => Promise<HostConfig>,
) => Machine & Disposable;

/** EC2 instances with GPUs, and those tagged for Trainyard: machines that are reached over SSH. */
export class Ec2Machines implements MachineSource, Disposable {
  readonly what = 'EC2 instances';
  /** By id, for ever: a machine asks for its address anew at each connect. */
  private readonly machines = new Map<string, Machine & Disposable>();

  constructor(
    private readonly account: AwsAccount,
    private readonly ec2: Ec2Instances,
    private readonly host: (found: Ec2Instance, signal: AbortSignal) => Promise<HostConfig>,
    private readonly connect: ConnectInstance,
    private readonly prices: InstancePrices,
    private readonly log: Log,
  ) {}

  owns(id: string): boolean {
    return /\/i-[0-9a-f]+$/.test(id);
  }

  async list(signal: AbortSignal): Promise<Listed> {
    const found = await this.ec2.list(signal);
    const rows = await this.rows(found, signal);
    const listed = new Set(rows.map(({ id }) => id));
    const all = found.map(({ InstanceId = '' }) => `${this.account.connection}/${InstanceId}`);
    return { rows, gone: all.filter((id) => !listed.has(id)) };
  }

  async get(id: string, signal: AbortSignal): Promise<Instance> {
    const found = await this.ec2.get(this.own(id), signal);
    const [row] = await this.rows([found], signal);
    if (!row) throw new ProviderError('notFound', `It was terminated, and is no more: ${this.own(id)}`);
    return row;
  }

  start(id: string, signal: AbortSignal): Promise<void> {
    return this.ec2.start(this.own(id), signal);
  }

  stop(id: string, signal: AbortSignal): Promise<void> {
    return this.ec2.stop(this.own(id), signal);
  }

  poweredOff(id: string, signal: AbortSignal): Promise<PowerOff | undefined> {
    return this.ec2.poweredOff(this.own(id), signal);
  }

  machine({ id, label }: Pick<Instance, 'id' | 'label'>): Machine {
    const before = this.machines.get(id);
    if (before) return before;
    const own = this.own(id);
    const machine = this.connect(id, label, async (signal) =>
      this.host(await this.ec2.get(own, signal), signal),
    );
    this.machines.set(id, machine);
    return machine;
  }

  dispose(): void {
    for (const machine of this.machines.values()) machine.dispose();
  }

  private async rows(found: readonly Ec2Instance[], signal: AbortSignal): Promise<readonly Instance[]> {
    const { connection, region } = this.account;
    const types = found.map(({ InstanceType = '' }) => InstanceType);
    const [gpus, disks, rates, diskUsd] = await Promise.all([
      this.extra(this.ec2.gpus(types, signal)),
      this.extra(this.ec2.disks(found, signal)),
      this.prices.rates(found, signal),
      this.prices.disks(),
    ]);
    const around = { connection, region, gpus, disks, rates, diskUsd };
    return found.flatMap((one) => ec2Row(one, around) ?? []);
  }

  /** What is good to know, and hides no machine where it can't be asked. */
  private async extra<T>(asked: Promise<ReadonlyMap<string, T>>): Promise<ReadonlyMap<string, T>> {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.log.debug(messageOf(error));
      return new Map();
    }
  }

  /** The instance's own id. */
  private own(id: string): string {
    return id.slice(id.lastIndexOf('/') + 1);
  }
}
