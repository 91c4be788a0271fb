import { finest } from '../../../src/core/diagnosis/buckets';
import type { Column, NodeHistory, RunHistory } from '../../../src/core/diagnosis/runHistory';

/** A value, or one by the share of the run that has passed (0 to 1); NaN is missing, `undefined` never measured. */
export type Curve = number | ((done: number) => number) | undefined;

export interface NodeCurves {
  readonly cpu?: Curve;
  readonly core?: Curve;
  readonly iowait?: Curve;
  readonly netIn?: Curve;
  readonly netOut?: Curve;
  /** Shares of 64 GB. */
  readonly mem?: Curve;
  readonly gpus?: readonly Curve[];
  /** Share of 80 GB, for each GPU. */
  readonly gpuMem?: Curve;
  readonly cores?: number;
}

export const start = 1_700_000_000_000;
export const gb = 1e9;

/** A node on which nothing is wrong, but for what a test says. */
const healthy: NodeCurves = {
  cpu: 30,
  core: 60,
  iowait: 0.5,
  netIn: 1e6,
  netOut: 1e6,
  mem: 0.4,
  gpus: [92],
  gpuMem: 0.8,
  cores: 16,
};

/** A run that trains from its beginning, of one node for each entry. */
export function aRun(
  nodes: readonly NodeCurves[],
  changed: Omit<Partial<RunHistory>, 'firstMetric'> & {
    readonly minutes?: number;
    readonly width?: number;
    /** `null` for none. */
    readonly firstMetric?: number | null;
  } = {},
): RunHistory {
  const { minutes = 10, width = finest, firstMetric = start, ...rest } = changed;
  const count = Math.round((minutes * 60_000) / width);
  return {
    from: start,
    width,
    count,
    until: start + count * width,
    ended: true,
    nodes: nodes.map((curves, node) => nodeHistory(node, count, { ...healthy, ...curves })),
    phases: [{ t: start, node: 0, phase: 'run', state: 'start' }],
    ...(firstMetric !== null && { firstMetric }),
    steps: [],
    gpusAsked: Infinity,
    ...rest,
  };
}

function nodeHistory(node: number, count: number, curves: NodeCurves): NodeHistory {
  const column = (curve: Curve, scale = 1): Column | undefined =>
    curve === undefined
      ? undefined
      : new Float64Array(count).map((_, i) => scale * (typeof curve === 'number' ? curve : curve(i / count)));
  const part = <K extends string>(key: K, value: Column | undefined) =>
    (value === undefined ? {} : { [key]: value }) as Partial<Record<K, Column>>;
  return {
    node,
    cores: curves.cores ?? 16,
    memTotal: 64 * gb,
    ...part('cpu', column(curves.cpu)),
    ...part('busiestCore', column(curves.core)),
    ...part('iowait', column(curves.iowait)),
    ...part('netIn', column(curves.netIn)),
    ...part('netOut', column(curves.netOut)),
    ...part('memUsed', column(curves.mem, 64 * gb)),
    gpus: (curves.gpus ?? []).flatMap((curve, index) => {
      const util = column(curve);
      return util
        ? [{ index, memTotal: 80 * gb, util, ...part('memUsed', column(curves.gpuMem, 80 * gb)) }]
        : [];
    }),
  };
}
