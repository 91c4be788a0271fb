import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import { promptly } from '../../../lib/promptly';
import type { AwsAccount } from '../account/account';
import { bundledDiskPrices, diskPrices, type DiskPrices } from '../prices/diskPrices';
import { Ec2Prices, patience, unknownRate, type Rate } from '../prices/ec2Prices';
import type { KeptAnswers } from '../prices/keptAnswers';

/** What EC2 instances that are there cost, each by how it was launched. */
export class InstancePrices {
  readonly types: Ec2Prices;

  constructor(
    private readonly account: AwsAccount,
    private readonly kept: KeptAnswers,
    now: () => number,
  ) {
    this.types = new Ec2Prices(account, kept, now);
  }

  /** By instance id. A list of machines does not wait for them longer than two seconds. */
  async rates(found: readonly Ec2Instance[], signal: AbortSignal): Promise<ReadonlyMap<string, Rate>> {
    const priced = found.filter(isPriced);
    const onDemand = await this.types.soon(
      priced.filter((one) => !isSpot(one)).map(({ InstanceType = '' }) => InstanceType),
    );
    const rates = priced.map(async (one) => {
      const { InstanceId = '', InstanceType = '', Placement } = one;
      const rate = isSpot(one)
        ? await this.types.spot(InstanceType, Placement?.AvailabilityZone, signal)
        : (onDemand.get(InstanceType) ?? unknownRate);
      return [InstanceId, rate] as const;
    });
    return new Map(await Promise.all(rates));
  }

  disks(): Promise<DiskPrices> {
    return promptly(patience, diskPrices(this.kept, this.account), () => bundledDiskPrices);
  }
}

function isSpot({ InstanceLifecycle }: Ec2Instance): boolean {
  return InstanceLifecycle === 'spot';
}

/** Licences, reserved hardware and blocks of capacity are paid for otherwise. */
function isPriced({ Platform, PlatformDetails, Placement, InstanceLifecycle }: Ec2Instance): boolean {
  return (
    !/windows/i.test(Platform ?? '') &&
    (PlatformDetails === undefined || PlatformDetails === 'Linux/UNIX') &&
    (Placement?.Tenancy ?? 'default') === 'default' &&
    (InstanceLifecycle === undefined || isSpot({ InstanceLifecycle }))
  );
}
