import { isMachineSeries } from '../../core/metricKind';
import type { JobRecord } from '../jobs/jobRecord';
import type { RunMetrics } from './runMetrics';

/** What a table of jobs shows of one beside its record, so that no log has to be read again for it. */
export interface RunSummary {
  readonly version: 1;
  /** Training metrics in the order of their first appearance. */
  readonly metrics: readonly MetricSummary[];
  /** What the nodes have, as their telemetry told; empty when none did. */
  readonly nodes: readonly NodeSummary[];
  /** From the job's record; `null` where that can't be read. */
  readonly submitted: Submitted | null;
}

/** Of the series of the lowest node and rank that measured it. */
export interface MetricSummary {
  readonly name: string;
  readonly count: number;
  readonly last: number;
  readonly min: number;
  readonly max: number;
}

/** Sizes in bytes. */
export interface NodeSummary {
  readonly gpus: number;
  readonly gpuName?: string;
  readonly gpuMemory?: number;
  readonly cores?: number;
  readonly memory?: number;
}

export interface Submitted {
  readonly git: JobRecord['git'];
  /** Per node, such as `A100:8`. */
  readonly accelerators: string | null;
  readonly instanceType: string | null;
  readonly region: string | null;
  readonly spot: boolean;
}

/** A mistake (a step in the name) or malice makes more, and no table shows them. */
const mostMetrics = 200;

export function runSummary(
  metrics: Pick<RunMetrics, 'series' | 'hardware'>,
  record: JobRecord | undefined,
): RunSummary {
  return {
    version: 1,
    metrics: metricSummaries(metrics),
    nodes: metrics.hardware().map(({ gpus, cores, memTotal }) => ({
      gpus: gpus.reduce((sum, { of = 1 }) => sum + of, 0),
      ...(gpus[0]?.name !== undefined && { gpuName: gpus[0].name }),
      ...(gpus[0]?.memTotal !== undefined && { gpuMemory: gpus[0].memTotal }),
      ...(cores !== undefined && { cores }),
      ...(memTotal !== undefined && { memory: memTotal }),
    })),
    submitted: record ? submitted(record) : null,
  };
}

/** Series come sorted by node and rank: the first of a name counts. */
function metricSummaries(metrics: Pick<RunMetrics, 'series'>): readonly MetricSummary[] {
  const byName = new Map<string, MetricSummary>();
  for (const { key, count, last, min, max } of metrics.series()) {
    if (count === 0 || isMachineSeries(key) || byName.has(key)) continue;
    if (byName.size >= mostMetrics) break;
    byName.set(key, { name: key, count, last, min, max });
  }
  return [...byName.values()];
}

function submitted({ git, offer }: JobRecord): Submitted {
  const { accelerators, instanceType, region, spot } = offer;
  return { git, accelerators, instanceType, region, spot };
}
