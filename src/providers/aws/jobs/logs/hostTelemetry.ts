import type { DescribeTrainingJobResponse, TrainingInstanceType } from '@aws-sdk/client-sagemaker';
import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { ProviderError, throwIfCancelled } from '../../../../core/errors';
import type { LogChunk } from '../../../../core/provider';
import { telemetryPrefix } from '../../../../core/telemetry';
import type { AwsAccount } from '../../account/account';
import { trainingType } from '../../types/trainingTypes';
import { isOver } from '../states';

/**
 * https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html: once a minute, use summed over a host's GPUs and cores (0 to 400 %
 * with four). Only endpoints have values of each GPU.
 */
const namespace = '/aws/sagemaker/TrainingJobs';
const hostMetrics = [
  'CPUUtilization',
  'MemoryUtilization',
  'DiskUtilization',
  'GPUUtilization',
  'GPUMemoryUtilization',
] as const;
/** Of the job's own metrics, by its `MetricDefinitions`. */
const mostOwn = 40;
/** Milliseconds until a minute's values are all there. */
const late = 90_000;
const minute = 60_000;
const day = 86_400_000;

export interface HostTelemetryParts {
  readonly account: AwsAccount;
  readonly now: () => number;
  /** What SageMaker says of the job, a minute old at most. */
  readonly job: (signal: AbortSignal) => Promise<DescribeTrainingJobResponse>;
  /** Rejects once `signal` is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

interface Point {
  readonly t: number;
  readonly name: string;
  readonly own: boolean;
  readonly value: number;
}

/**
 * What CloudWatch measured of one node of a job that has no launcher of ours, as lines of telemetry: of its host, and with the first node the
 * job's own metrics. The token is the time of the last line. Asked once a minute, for CloudWatch charges for each metric that is asked for.
 */
export async function* hostTelemetry(
  { account, now, job, wait }: HostTelemetryParts,
  node: number,
  from: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  let given = from === undefined ? 0 : timeOf(from);
  const withOwn = new Set<string>();
  for (;;) {
    throwIfCancelled(signal);
    const known = await job(signal);
    const ended = isOver(known) ? (known.TrainingEndTime ?? known.LastModifiedTime)?.getTime() : undefined;
    const complete = ended !== undefined && now() - ended >= late;
    const started = (known.TrainingStartTime ?? known.CreationTime)?.getTime() ?? now();
    const start = Math.max(started - minute, given + 1);
    const end = ended === undefined ? now() : Math.min(now(), ended + 2 * minute);
    const points =
      end > start ? await ask(account, known, node, { start, end, started, now: now() }, signal) : [];
    const settled = complete ? points : points.filter(({ t }) => t <= now() - late);
    for (const { own, name } of settled) if (own) withOwn.add(name);
    const last = complete && node === 0 ? finals(known, withOwn, given) : [];
    const lines = linesOf([...settled, ...last], node, known);
    if (lines.length > 0) {
      given = Math.max(given, ...[...settled, ...last].map(({ t }) => t));
      yield { bytes: Buffer.from(`${lines.join('\n')}\n`), next: String(given) };
    }
    if (complete) return;
    await wait(minute, signal);
  }
}

async function ask(
  account: AwsAccount,
  job: DescribeTrainingJobResponse,
  node: number,
  times: { readonly start: number; readonly end: number; readonly started: number; readonly now: number },
  signal: AbortSignal,
): Promise<readonly Point[]> {
  const name = job.TrainingJobName ?? '';
  const own = (node === 0 ? (job.AlgorithmSpecification?.MetricDefinitions ?? []) : [])
    .flatMap(({ Name }) => Name ?? [])
    .slice(0, mostOwn);
  const asked = [
    ...hostMetrics.map((metric) => ({
      metric,
      own: false,
      dimension: { Name: 'Host', Value: `${name}/algo-${node + 1}` },
    })),
    ...own.map((metric) => ({ metric, own: true, dimension: { Name: 'TrainingJobName', Value: name } })),
  ];
  const queries = asked.map(({ metric, dimension }, index): MetricDataQuery => ({
    Id: `m${index}`,
    MetricStat: {
      Metric: { Namespace: namespace, MetricName: metric, Dimensions: [dimension] },
      Period: period(times.now - times.started),
      Stat: 'Average',
    },
  }));
  const points: Point[] = [];
  let nextToken: string | undefined;
  do {
    const token = nextToken;
    const page = await account.ask(
      'cloudwatch',
      'The metrics can’t be read',
      (sdk, client, options) =>
        client.send(
          new sdk.GetMetricDataCommand({
            MetricDataQueries: queries,
            StartTime: new Date(times.start),
            EndTime: new Date(times.end),
            ScanBy: 'TimestampAscending',
            ...(token !== undefined && { NextToken: token }),
          }),
          options,
        ),
      signal,
    );
    for (const { Id, Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
      const what = asked[Number(Id?.slice(1))];
      if (!what) continue;
      for (const [index, time] of Timestamps.entries()) {
        const value = Values[index];
        const t = time.getTime();
        if (value !== undefined && t >= times.start)
          points.push({ t, name: what.metric, own: what.own, value });
      }
    }
    nextToken = page.NextToken;
  } while (nextToken !== undefined);
  return points.sort((a, b) => a.t - b.t);
}

/** Seconds: CloudWatch keeps minutes for 15 days and five minutes for 63. */
function period(age: number): number {
  if (age < 15 * day) return 60;
  return age < 63 * day ? 300 : 3600;
}

/** The last word on the job's own metrics of which CloudWatch has no curve. */
function finals(job: DescribeTrainingJobResponse, known: ReadonlySet<string>, given: number): Point[] {
  return (job.FinalMetricDataList ?? []).flatMap(({ MetricName: name, Value: value, Timestamp: time }) => {
    if (name === undefined || value === undefined || known.has(name)) return [];
    const t = time?.getTime() ?? job.TrainingEndTime?.getTime() ?? 0;
    return t > given ? [{ t, name, own: true, value }] : [];
  });
}

/** One line for what was measured of a host at one time, one for its GPUs, and one for the job's metrics. */
function linesOf(
  points: readonly Point[],
  node: number,
  job: DescribeTrainingJobResponse,
): readonly string[] {
  const times = new Map<number, Point[]>();
  for (const point of points) times.set(point.t, [...(times.get(point.t) ?? []), point]);
  const type: TrainingInstanceType | '' =
    job.ResourceConfig?.InstanceType ?? job.ResourceConfig?.InstanceGroups?.[0]?.InstanceType ?? '';
  const line = (record: object) => `${telemetryPrefix}${JSON.stringify({ v: 1, ...record })}`;
  return [...times]
    .sort(([a], [b]) => a - b)
    .flatMap(([t, measured]) => {
      const values = new Map(measured.filter(({ own }) => !own).map(({ name, value }) => [name, value]));
      const own = measured.filter(({ own: isOwn }) => isOwn).map(({ name, value }) => [name, value] as const);
      const metrics = [...own, ...gpuSums(values, type)];
      const host = hostValues(values, type);
      const gpu = gpuValues(values, type);
      return [
        ...(Object.keys(host).length > 0 ? [line({ t, node, kind: 'host', ...host })] : []),
        ...(gpu ? [line({ t, node, kind: 'gpu', gpu: 0, ...gpu })] : []),
        ...(metrics.length > 0
          ? [line({ t, node, kind: 'metric', metrics: Object.fromEntries(metrics) })]
          : []),
      ];
    });
}

function hostValues(values: ReadonlyMap<string, number>, type: string): Readonly<Record<string, number>> {
  const size = trainingType(type);
  const [cpu, memory, disk] = ['CPUUtilization', 'MemoryUtilization', 'DiskUtilization'].map((name) =>
    values.get(name),
  );
  const total = size && size.memoryGb * 2 ** 30;
  return {
    // Which share of all cores it is can't be told where nobody knows how many there are.
    ...(cpu !== undefined && size && { cpu: share(cpu / size.cpus) }),
    ...(memory !== undefined &&
      (total === undefined
        ? { memUse: share(memory) }
        : { memUsed: Math.round((share(memory) / 100) * total), memTotal: total })),
    ...(disk !== undefined && { diskUse: share(disk) }),
  };
}

/** CloudWatch has only the sum over a host's GPUs of what the job uses: their mean stands for them. */
function gpuValues(
  values: ReadonlyMap<string, number>,
  type: string,
): Readonly<Record<string, number | string>> | undefined {
  const [use, memory] = [values.get('GPUUtilization'), values.get('GPUMemoryUtilization')];
  const gpu = trainingType(type)?.gpu;
  if (!gpu || (use === undefined && memory === undefined)) return undefined;
  const total = gpu.memoryGb * 2 ** 30;
  return {
    name: gpu.name,
    ...(gpu.count > 1 && { of: gpu.count }),
    ...(use !== undefined && { util: share(use / gpu.count) }),
    ...(memory !== undefined && {
      memUsed: Math.round((share(memory / gpu.count) / 100) * total),
      memTotal: total,
    }),
  };
}

/** The sums as they are, by names that say so, where nobody knows of how many GPUs they are. */
function gpuSums(values: ReadonlyMap<string, number>, type: string): readonly (readonly [string, number])[] {
  if (trainingType(type)?.gpu) return [];
  return (['GPUUtilization', 'GPUMemoryUtilization'] as const).flatMap((name) => {
    const value = values.get(name);
    return value === undefined ? [] : [[`${name} (% summed over all GPUs)`, value] as const];
  });
}

function share(percent: number): number {
  return Math.min(100, Math.max(0, percent));
}

function timeOf(token: string): number {
  if (!/^\d{1,15}$/.test(token))
    throw new ProviderError('invalid', `This is no place in the telemetry: ${token.slice(0, 100)}`);
  return Number(token);
}
