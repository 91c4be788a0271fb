import type { Limit } from './rate';

/**
 * How often each API is asked at most, all windows together: well below the account's quota, which other tools need too. AWS publishes
 * few of them; what is not listed starts at a rate that no quota is known to refuse, and gives way where AWS says so.
 */
export function limitOf(client: string, command: string): Limit {
  return limits[command] ?? (client === 'S3Client' ? objects : others);
}

/**
 * Quotas per second, account and region: of logs from https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
 * and, for streams, from the words that botocore 1.44.8 has for the operation; of metrics from
 * https://repost.aws/knowledge-center/cloudwatch-getmetricdata-api (all looked up in November 2026).
 */
const limits: Readonly<Record<string, Limit>> = {
  // 5 where the region has no higher one.
  FilterLogEventsCommand: { perSecond: 2, burst: 2 },
  // 10 where the region has no higher one.
  GetLogEventsCommand: { perSecond: 4, burst: 4 },
  // 25 in each.
  DescribeLogStreamsCommand: { perSecond: 10, burst: 10 },
  // 50 in each.
  GetMetricDataCommand: { perSecond: 10, burst: 10 },
};

/** S3 bears 3,500 writes a second and prefix, and more (https://repost.aws/knowledge-center/http-5xx-errors-s3). */
const objects: Limit = { perSecond: 200, burst: 200 };

const others: Limit = { perSecond: 10, burst: 20 };
