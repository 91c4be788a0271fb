/**
 * EBS list prices in us-east-1, USD for a GB and month of 730 hours (https://aws.amazon.com/ebs/pricing, 2025). Provisioned IOPS and
 * throughput cost more.
 */
const monthly: Readonly<Record<string, number>> = {
  gp2: 0.1,
  gp3: 0.08,
  io1: 0.125,
  io2: 0.125,
  sc1: 0.015,
  st1: 0.045,
  standard: 0.05,
};

export interface Disk {
  /** Such as `gp3`. */
  readonly type: string;
  readonly gigabytes: number;
}

/** USD an hour of all of them, at least; `undefined` where one's price is not known. */
export function diskHourlyUsd(disks: readonly Disk[]): number | undefined {
  let sum = 0;
  for (const { type, gigabytes } of disks) {
    const usd = Object.hasOwn(monthly, type) ? monthly[type] : undefined;
    if (usd === undefined) return undefined;
    sum += (usd * gigabytes) / 730;
  }
  return sum;
}
