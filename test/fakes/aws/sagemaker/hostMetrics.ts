import { PutMetricDataCommand, type CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { loadavg } from 'node:os';

/** Starts to put a host's load into CloudWatch, as SageMaker does each minute. The function that it gives ends it. */
export function putHostMetrics(
  client: CloudWatchClient,
  job: string,
  host: string,
  type: string,
  everyMs: number,
): () => void {
  const put = async () => {
    const gpu = /^ml\.[gp]\d/.test(type) ? { GPUUtilization: 87, GPUMemoryUtilization: 42 } : {};
    const values = {
      CPUUtilization: (loadavg()[0] ?? 0) * 100,
      MemoryUtilization: 31,
      DiskUtilization: 12,
      ...gpu,
    };
    await client.send(
      new PutMetricDataCommand({
        Namespace: '/aws/sagemaker/TrainingJobs',
        MetricData: Object.entries(values).map(([MetricName, Value]) => ({
          MetricName,
          // The stream of its log without the number at its end.
          Dimensions: [{ Name: 'Host', Value: `${job}/${host}` }],
          Timestamp: new Date(),
          Unit: 'Percent',
          Value,
        })),
      }),
    );
  };
  const putting = setInterval(() => {
    // One that is lost is lost, as there.
    put().catch(() => undefined);
  }, everyMs);
  return () => {
    clearInterval(putting);
  };
}
