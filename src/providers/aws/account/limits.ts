import type { Limit } from './rate';

/**
 * How often each API is asked at most, all windows together: well below the account's quota, which other tools need too. AWS publishes
 * few of them; what is not listed starts at a rate that no quota is known to refuse, and gives way where AWS says so.
 */
export function limitOf(client: string, command: string): Limit {
  return limits[command] ?? (client === 'S3Client' ? objects : others);
}

/** Quotas from https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html (2025), per second and region. */
const limits: Readonly<Record<string, Limit>> = {
  // 5 in the smallest regions.
  FilterLogEventsCommand: { perSecond: 2, burst: 2 },
  // 10 in the smallest regions.
  GetLogEventsCommand: { perSecond: 4, burst: 4 },
  // 25 in each.
  DescribeLogStreamsCommand: { perSecond: 10, burst: 10 },
  // 50 in each.
  GetMetricDataCommand: { perSecond: 10, burst: 10 },
};

const objects: Limit = { perSecond: 200, burst: 200 };

const others: Limit = { perSecond: 10, burst: 20 };
