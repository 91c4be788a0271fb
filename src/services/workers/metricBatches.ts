import type { GpuRecord, GpuValue, HostRecord, HostValue, TelemetryRecord } from '../../core/telemetry';
import type { GuardMark, NodeHardware, PhaseMark } from '../metrics/runMetrics';
import type { MetricBatch, SeriesKey } from './metricMessages';

/** More names of a script's are a mistake (a step in the name) or malice, and no chart shows them. */
export const mostSeries = 2000;
/** More of machines than 64 nodes with 8 GPUs and 128 cores have. */
const mostMachineSeries = 20_000;
/** Phases and guard lines that are kept; a script that marks each step as a phase doesn't fill the memory. */
const mostMarks = 10_000;

type Gpu = NodeHardware['gpus'][number];

interface Hardware {
  memTotal?: number;
  cores?: number;
  readonly gpus: Map<number, Gpu>;
}

const hostUnits: Record<Exclude<HostValue, 'memTotal'>, string> = {
  cpu: '%',
  iowait: '%',
  memUsed: 'B',
  diskRead: 'B/s',
  diskWrite: 'B/s',
  netIn: 'B/s',
  netOut: 'B/s',
  diskFree: 'B',
  memUse: '%',
  diskUse: '%',
};
const hostNames = Object.entries(hostUnits) as [keyof typeof hostUnits, string][];

const gpuUnits: Record<Exclude<GpuValue, 'memTotal' | 'powerLimit'>, string> = {
  util: '%',
  memUtil: '%',
  memUsed: 'B',
  temp: '°C',
  power: 'W',
};
const gpuNames = Object.entries(gpuUnits) as [keyof typeof gpuUnits, string][];

/** Gathers what the records of a run say, in columns that can be posted. */
export class MetricBatches {
  private readonly numbers = new Map<string, Map<string, number>>();
  private readonly left = {
    script: mostSeries,
    machine: mostMachineSeries,
    phases: mostMarks,
    guards: mostMarks,
  };
  private readonly nodes = new Map<number, Hardware>();
  private leftOut = 0;
  private notesTold = 0;
  private count = 0;
  private total = 0;
  private series = new Uint32Array(1024);
  private t = new Float64Array(1024);
  private step = new Float64Array(1024);
  private value = new Float64Array(1024);
  private named: SeriesKey[] = [];
  private phases: PhaseMark[] = [];
  private guards: GuardMark[] = [];
  private readonly changedNodes = new Set<number>();

  /** Points that wait to be posted. */
  get points(): number {
    return this.count;
  }

  isEmpty(notes: readonly string[]): boolean {
    return (
      this.count === 0 &&
      this.phases.length === 0 &&
      this.guards.length === 0 &&
      this.changedNodes.size === 0 &&
      notes.length + this.leftOut === this.notesTold
    );
  }

  add(record: TelemetryRecord, node: number, t: number): void {
    switch (record.kind) {
      case 'metric':
        for (const [name, value] of record.metrics)
          this.point(name, node, record.rank, '', t, record.step, value);
        break;
      case 'host':
        this.addHost(record, node, t);
        break;
      case 'gpu':
        this.addGpu(record, node, t);
        break;
      case 'phase': {
        const { phase, state, path } = record;
        if (this.left.phases-- <= 0) break;
        this.phases.push({
          ...{ t, node, phase },
          ...(state !== undefined && { state }),
          ...(path !== undefined && { path }),
        });
        break;
      }
      case 'guard': {
        const { rule, action, reason } = record;
        if (this.left.guards-- > 0) this.guards.push({ t, node, rule, action, reason });
        break;
      }
      case 'exit':
        break; // Its node's state says it.
    }
  }

  /** All that waits, in memory of its own. `notes` are those of the run's regexes. */
  take(notes: readonly string[], settled: readonly number[]): MetricBatch {
    const { count, named, phases, guards } = this;
    const all =
      this.leftOut > 0
        ? [
            ...notes,
            `This job has more than ${mostSeries} series: ${this.leftOut} points of the later ones are not shown.`,
          ]
        : notes;
    const noted = notes.length + this.leftOut;
    const batch: MetricBatch = {
      named,
      series: this.series.slice(0, count),
      t: this.t.slice(0, count),
      step: this.step.slice(0, count),
      value: this.value.slice(0, count),
      phases,
      guards,
      hardware: [...this.changedNodes].map((node) => hardwareView(node, this.hardwareOf(node))),
      ...(noted !== this.notesTold && { notes: all }),
      settled,
    };
    this.notesTold = noted;
    this.count = 0;
    this.named = [];
    this.phases = [];
    this.guards = [];
    this.changedNodes.clear();
    return batch;
  }

  private addHost(record: HostRecord, node: number, t: number): void {
    for (const [name, unit] of hostNames) {
      const value = record.values[name];
      if (value !== undefined) this.point(`host.${name}`, node, undefined, unit, t, undefined, value);
    }
    record.cores.forEach((value, core) => {
      this.point(`host.core.${core}`, node, undefined, '%', t, undefined, value);
    });
    const hardware = this.hardwareOf(node);
    const { memTotal } = record.values;
    const cores = record.cores.length;
    if (memTotal !== undefined && memTotal !== hardware.memTotal) {
      hardware.memTotal = memTotal;
      this.changedNodes.add(node);
    }
    if (cores > 0 && cores !== hardware.cores) {
      hardware.cores = cores;
      this.changedNodes.add(node);
    }
  }

  private addGpu(record: GpuRecord, node: number, t: number): void {
    for (const [name, unit] of gpuNames) {
      const value = record.values[name];
      if (value !== undefined)
        this.point(`gpu.${record.gpu}.${name}`, node, undefined, unit, t, undefined, value);
    }
    const { gpus } = this.hardwareOf(node);
    const { memTotal, powerLimit } = record.values;
    const before = gpus.get(record.gpu);
    const { name, of } = record;
    const known =
      before?.name === name &&
      before?.of === of &&
      before?.memTotal === memTotal &&
      before?.powerLimit === powerLimit;
    if (before && known) return;
    gpus.set(record.gpu, {
      index: record.gpu,
      ...(of !== undefined && { of }),
      ...(name !== undefined && { name }),
      ...(memTotal !== undefined && { memTotal }),
      ...(powerLimit !== undefined && { powerLimit }),
    });
    this.changedNodes.add(node);
  }

  private point(
    key: string,
    node: number,
    rank: number | undefined,
    unit: string,
    t: number,
    step: number | undefined,
    value: number,
  ): void {
    const series = this.numberOf(key, node, rank, unit);
    if (series === undefined) {
      this.leftOut += 1;
      return;
    }
    if (this.count === this.series.length) this.grow();
    this.series[this.count] = series;
    this.t[this.count] = t;
    this.step[this.count] = step ?? NaN;
    this.value[this.count] = value;
    this.count++;
  }

  private numberOf(key: string, node: number, rank: number | undefined, unit: string): number | undefined {
    const place = `${node} ${rank ?? ''}`;
    let numbers = this.numbers.get(place);
    if (!numbers) this.numbers.set(place, (numbers = new Map<string, number>()));
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const kind = unit === '' ? 'script' : 'machine';
    if (this.left[kind] <= 0) return undefined;
    this.left[kind] -= 1;
    const number = this.total++;
    numbers.set(key, number);
    this.named.push({ key, node, unit, ...(rank !== undefined && { rank }) });
    return number;
  }

  private grow(): void {
    const length = this.series.length * 2;
    const series = new Uint32Array(length);
    series.set(this.series);
    this.series = series;
    const larger = (column: Float64Array) => {
      const copy = new Float64Array(length);
      copy.set(column);
      return copy;
    };
    this.t = larger(this.t);
    this.step = larger(this.step);
    this.value = larger(this.value);
  }

  private hardwareOf(node: number): Hardware {
    const known = this.nodes.get(node) ?? { gpus: new Map<number, Gpu>() };
    this.nodes.set(node, known);
    return known;
  }
}

function hardwareView(node: number, { gpus, ...rest }: Hardware): NodeHardware {
  return { node, ...rest, gpus: [...gpus.values()].sort((a, b) => a.index - b.index) };
}
