import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { S3Client } from '@aws-sdk/client-s3';

/** What a job needs around it. Tests change it as they like, also while jobs run. */
export interface World {
  /** Of what the jobs use: the server behind the fake, without its faults. */
  readonly clients: (region: string) => WorldClients;
  /** Real milliseconds that a second of SageMaker's limits and grace takes. Default 1000. */
  secondMs: number;
  /** Milliseconds until the instances are there. */
  startMs: number;
  /** At least so many milliseconds of each of Downloading and Uploading. */
  transferMs: number;
  /** Between two calls of a log agent. */
  logMs: number;
  /** Between two of a host's metrics. */
  metricsMs: number;
  /** Between two copies of the checkpoints. */
  checkpointMs: number;
  /** From SIGTERM to SIGKILL, in seconds of SageMaker's. */
  stopGraceSeconds: number;
  /** Billed share of a spot job's time. */
  spotBilled: number;
  /** Instance types of which there are none to be had; a spot job waits for them. */
  readonly noCapacity: Set<string>;
  /** Images that can't be pulled. */
  readonly noImage: Set<string>;
  /** Images whose registry does not have them, or does not let the role in: told when the job is made. */
  readonly refusedImages: Map<string, 'missing' | 'closed'>;
  /** Types that the region does not have. */
  readonly absentTypes: Set<string>;
  /** Of `<type> for training job usage`; others have `defaultQuota`. */
  readonly quotas: Map<string, number>;
  defaultQuota: number;
  /** What each container finds in its environment besides the job's own. */
  readonly environment: Record<string, string>;
}

export interface WorldClients {
  readonly s3: S3Client;
  readonly logs: CloudWatchLogsClient;
  readonly iam: IAMClient;
  readonly cloudwatch: CloudWatchClient;
}
