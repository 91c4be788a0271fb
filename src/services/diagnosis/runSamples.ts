import { Buckets, gridOf } from '../../core/diagnosis/buckets';
import type { NodeHistory, RunHistory } from '../../core/diagnosis/runHistory';
import { Shares } from '../../core/diagnosis/shares';
import { BusiestCore } from './busiestCore';
import { RankSteps } from './rankSteps';
import type { MeasuredRun, SeriesInfo } from '../metrics/runMetrics';

/** Milliseconds of work before others get their turn. */
const slice = 8;
/** Points that are taken in before the clock is looked at. */
const piece = 20_000;

const hostColumns = ['cpu', 'iowait', 'memUsed', 'netIn', 'netOut'] as const;
type HostColumn = (typeof hostColumns)[number];

interface GpuSamples {
  readonly util: Buckets;
  readonly memUsed: Buckets;
  readonly use: Shares;
  peakMemory?: number;
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
  private readonly steps = new RankSteps();
  private firstMetric: number | undefined;

  constructor(private readonly metrics: MeasuredRun) {}

  /** Takes in what is new. Not to be called again before it is done. */
  async read(): Promise<void> {
    const work = this.work(this.metrics.series());
    let since = performance.now();
    while (!work.next().done) {
      if (performance.now() - since < slice) continue;
      await new Promise(setImmediate);
      since = performance.now();
    }
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
      steps: this.steps.times(),
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

  /** Yields after each piece of work, so that others can get their turn. */
  private *work(all: readonly SeriesInfo[]): Generator<void> {
    for (const info of all) {
      yield* this.take(info);
      yield;
    }
    yield* this.steps.take(this.metrics, all);
    for (const [node, { core }] of this.nodes) yield* core.take(this.metrics, node, all);
  }

  private *take(info: SeriesInfo): Generator<void> {
    const [area, part = '', name = ''] = info.key.split('.');
    if (area === 'host') {
      const column = hostColumns.find((one) => `host.${one}` === info.key);
      if (column) yield* this.each(info, this.node(info.node).host[column]);
      else if (part === 'core') this.node(info.node);
    } else if (area === 'gpu' && /^\d+$/.test(part)) yield* this.takeGpu(info, Number(part), name);
    else this.takeMetric(info);
  }

  private *takeGpu(info: SeriesInfo, index: number, name: string): Generator<void> {
    if (name !== 'util' && name !== 'memUsed') return;
    const { gpus } = this.node(info.node);
    const gpu: GpuSamples = gpus.get(index) ?? {
      util: new Buckets(),
      memUsed: new Buckets(),
      use: new Shares(),
    };
    gpus.set(index, gpu);
    if (name === 'memUsed') gpu.peakMemory = info.max;
    yield* this.each(info, gpu[name], name === 'util' ? gpu.use : undefined);
  }

  /** Of a script's own metrics, when the first came. */
  private takeMetric(info: SeriesInfo): void {
    if (this.taken.has(idOf(info))) return;
    const [t] = this.points(info).t;
    if (t !== undefined) this.firstMetric = Math.min(this.firstMetric ?? t, t);
  }

  /** What can't be is not taken: no share above 100 %, nothing below 0. */
  private *each(info: SeriesInfo, buckets: Buckets, shares?: Shares): Generator<void> {
    const most = info.unit === '%' ? 100 : Infinity;
    const { t, value } = this.points(info);
    for (let i = 0; i < t.length; i++) {
      if (i % piece === piece - 1) yield;
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

/** A name may hold any character; numbers hold no space. */
function idOf({ key, node, rank }: SeriesInfo): string {
  return `${node} ${rank ?? ''} ${key}`;
}
