import { Buckets, gridOf } from '../core/diagnosis/buckets';
import type { NodeHistory, RunHistory, StepTimes } from '../core/diagnosis/runHistory';
import { Shares } from '../core/diagnosis/shares';
import { StepLog } from '../core/diagnosis/stepLog';
import { BusiestCore } from './busiestCore';
import type { RunMetrics, SeriesInfo } from './runMetrics';

/** Milliseconds of work before others get their turn. */
const slice = 8;
/** Ranks whose steps are compared. */
const mostRanks = 128;
/** Steps that a metric must have before ranks are compared by it. */
const leastSteps = 20;

const hostColumns = ['cpu', 'iowait', 'memUsed', 'netIn', 'netOut'] as const;
type HostColumn = (typeof hostColumns)[number];

interface GpuSamples {
  readonly util: Buckets;
  readonly memUsed: Buckets;
  readonly use: Shares;
  peakMemory?: number;
}

interface RankSteps {
  readonly info: SeriesInfo;
  readonly log: StepLog;
  /** From the first on, also where another use of the series has begun already. */
  taken: number;
}

interface NodeSamples {
  readonly host: Record<HostColumn, Buckets>;
  readonly core: BusiestCore;
  readonly gpus: Map<number, GpuSamples>;
}

/** What a run measured, in bounded memory and read once: a million samples a series are a few thousand buckets. */
export class RunSamples {
  private readonly nodes = new Map<number, NodeSamples>();
  /** How much of each series is taken in. */
  private readonly taken = new Map<string, number>();
  private readonly steps = new Map<string, RankSteps>();
  private stepKey: string | undefined;
  private firstMetric: number | undefined;

  constructor(private readonly metrics: RunMetrics) {}

  /** Takes in what is new. Not to be called again before it is done. */
  async read(): Promise<void> {
    const all = this.metrics.series();
    this.stepKey ??= keyOfRanks(all);
    let since = performance.now();
    for (const info of all) {
      this.take(info);
      if (performance.now() - since < slice) continue;
      await new Promise(setImmediate);
      since = performance.now();
    }
    for (const [node, { core }] of this.nodes) core.take(this.metrics, node, all);
  }

  history(ended: boolean, now: number, gpusAsked: number): RunHistory {
    const nodes = [...this.nodes].sort(([a], [b]) => a - b);
    const grid = gridOf(nodes.flatMap(([, samples]) => bucketsOf(samples)));
    const hardware = new Map(this.metrics.hardware().map((one) => [one.node, one]));
    return {
      ...grid,
      until: ended ? this.end(grid.from + grid.count * grid.width) : now,
      ended,
      nodes: nodes.map(([node, samples]): NodeHistory => {
        const { cores, memTotal, gpus } = hardware.get(node) ?? { gpus: [] };
        const column = (buckets: Buckets) => (buckets.count > 0 ? buckets.column(grid) : undefined);
        const columns = { ...samples.host, busiestCore: samples.core.buckets };
        return {
          node,
          ...(cores !== undefined && { cores }),
          ...(memTotal !== undefined && { memTotal }),
          ...Object.fromEntries(
            Object.entries(columns).flatMap(([key, buckets]) => {
              const found = column(buckets);
              return found ? [[key, found]] : [];
            }),
          ),
          gpus: [...samples.gpus].flatMap(([index, gpu]) => {
            const util = column(gpu.util);
            const memUsed = column(gpu.memUsed);
            const { name, memTotal: gpuTotal } = gpus.find((one) => one.index === index) ?? {};
            if (!util) return [];
            return [
              {
                index,
                util,
                ...(name !== undefined && { name }),
                ...(gpuTotal !== undefined && { memTotal: gpuTotal }),
                ...(memUsed && { memUsed }),
              },
            ];
          }),
        };
      }),
      phases: this.metrics.phases(),
      ...(this.firstMetric !== undefined && { firstMetric: this.firstMetric }),
      steps: [...this.steps.values()].map(({ info: { node, rank }, log }): StepTimes => ({
        node,
        ...(rank !== undefined && { rank }),
        ...log.columns(),
      })),
      gpusAsked,
    };
  }

  /** `use` has no samples for a GPU that was never used, or told none. */
  gpu(node: number, index: number): Pick<GpuSamples, 'use' | 'peakMemory'> {
    return this.nodes.get(node)?.gpus.get(index) ?? { use: new Shares() };
  }

  /** Collecting outputs after `run` is no training. */
  private end(last: number): number {
    const ends = this.metrics.phases().filter(({ phase, state }) => phase === 'run' && state === 'end');
    return ends.length === 0 ? last : Math.min(last, Math.max(...ends.map(({ t }) => t)));
  }

  private take(info: SeriesInfo): void {
    const [area, part = '', name = ''] = info.key.split('.');
    if (area === 'host') {
      const column = hostColumns.find((one) => `host.${one}` === info.key);
      if (column) this.each(info, this.node(info.node).host[column]);
      else if (part === 'core') this.node(info.node);
    } else if (area === 'gpu' && /^\d+$/.test(part)) this.takeGpu(info, Number(part), name);
    else this.takeMetric(info);
  }

  private takeGpu(info: SeriesInfo, index: number, name: string): void {
    if (name !== 'util' && name !== 'memUsed') return;
    const { gpus } = this.node(info.node);
    const gpu: GpuSamples = gpus.get(index) ?? {
      util: new Buckets(),
      memUsed: new Buckets(),
      use: new Shares(),
    };
    gpus.set(index, gpu);
    if (name === 'memUsed') gpu.peakMemory = info.max;
    this.each(info, gpu[name], name === 'util' ? gpu.use : undefined);
  }

  /** Of a script's own metrics, when the first came, and the steps of the one by which ranks are compared. */
  private takeMetric(info: SeriesInfo): void {
    const id = idOf(info);
    if (!this.taken.has(id)) this.first(this.points(info).t[0]);
    if (info.key !== this.stepKey || (!this.steps.has(id) && this.steps.size >= mostRanks)) return;
    const rank = this.steps.get(id) ?? { info, log: new StepLog(), taken: 0 };
    this.steps.set(id, rank);
    const { t, step } = this.metrics.read(info.key, info.node, rank.taken, info.rank);
    rank.taken += t.length;
    for (let i = 0; i < t.length; i++) rank.log.add(t[i] ?? NaN, step[i] ?? NaN);
  }

  private first(t: number | undefined): void {
    if (t !== undefined) this.firstMetric = Math.min(this.firstMetric ?? t, t);
  }

  /** What can't be is not taken: no share above 100 %, nothing below 0. */
  private each(info: SeriesInfo, buckets: Buckets, shares?: Shares): void {
    const most = info.unit === '%' ? 100 : Infinity;
    const { t, value } = this.points(info);
    for (let i = 0; i < t.length; i++) {
      const one = value[i] ?? NaN;
      if (!(one >= 0 && one <= most)) continue;
      buckets.add(t[i] ?? NaN, one);
      shares?.add(one);
    }
  }

  private points(info: SeriesInfo) {
    const id = idOf(info);
    const points = this.metrics.read(info.key, info.node, this.taken.get(id) ?? 0, info.rank);
    this.taken.set(id, (this.taken.get(id) ?? 0) + points.t.length);
    return points;
  }

  private node(node: number): NodeSamples {
    const known = this.nodes.get(node);
    if (known) return known;
    const made: NodeSamples = {
      host: Object.fromEntries(hostColumns.map((one) => [one, new Buckets()])) as NodeSamples['host'],
      core: new BusiestCore(),
      gpus: new Map(),
    };
    this.nodes.set(node, made);
    return made;
  }
}

function bucketsOf({ host, core, gpus }: NodeSamples): Buckets[] {
  return [
    ...Object.values(host),
    core.buckets,
    ...[...gpus.values()].flatMap(({ util, memUsed }) => [util, memUsed]),
  ];
}

/** The metric that most ranks or nodes told, often enough. */
function keyOfRanks(all: readonly SeriesInfo[]): string | undefined {
  const ranks = new Map<string, number>();
  for (const { key, count } of all) {
    if (count >= leastSteps && !/^(?:host|gpu)\./.test(key)) ranks.set(key, (ranks.get(key) ?? 0) + 1);
  }
  const [most] = [...ranks].sort((a, b) => b[1] - a[1]);
  return most && most[1] > 1 ? most[0] : undefined;
}

/** A name may hold any character; numbers hold no space. */
function idOf({ key, node, rank }: SeriesInfo): string {
  return `${node} ${rank ?? ''} ${key}`;
}
