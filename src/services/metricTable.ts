import { Series, type SeriesPoints } from '../core/series';
import type { GpuRecord, GpuValue, HostRecord, HostValue, MetricRecord } from '../core/telemetry';
import type { NodeHardware, SeriesInfo } from './runMetrics';

/** More are a mistake (a step in the name) or malice, and no chart shows them. */
export const mostSeries = 2000;

interface Entry {
  readonly key: string;
  readonly node: number;
  readonly rank: number | undefined;
  readonly unit: string;
  readonly series: Series;
}

interface Hardware {
  memTotal?: number;
  cores?: number;
  readonly gpus: Map<number, { name?: string; memTotal?: number; powerLimit?: number }>;
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
};

const gpuUnits: Record<Exclude<GpuValue, 'memTotal' | 'powerLimit'>, string> = {
  util: '%',
  memUtil: '%',
  memUsed: 'B',
  temp: '°C',
  power: 'W',
};

/** All series of a run, by key, node and rank. */
export class MetricTable {
  /** Points that found no place because there were too many series. */
  leftOut = 0;
  private readonly entries: Entry[] = [];
  private readonly byId = new Map<string, Entry>();
  private readonly nodes = new Map<number, Hardware>();

  addMetrics(record: MetricRecord, node: number, t: number): void {
    for (const [name, value] of record.metrics) this.add(name, node, record.rank, '', t, record.step, value);
  }

  addHost(record: HostRecord, node: number, t: number): void {
    for (const [name, unit] of Object.entries(hostUnits) as [keyof typeof hostUnits, string][]) {
      const value = record.values[name];
      if (value !== undefined) this.add(`host.${name}`, node, undefined, unit, t, undefined, value);
    }
    record.cores.forEach((value, core) => {
      this.add(`host.core.${core}`, node, undefined, '%', t, undefined, value);
    });
    const hardware = this.hardwareOf(node);
    if (record.values.memTotal !== undefined) hardware.memTotal = record.values.memTotal;
    if (record.cores.length > 0) hardware.cores = record.cores.length;
  }

  addGpu(record: GpuRecord, node: number, t: number): void {
    for (const [name, unit] of Object.entries(gpuUnits) as [keyof typeof gpuUnits, string][]) {
      const value = record.values[name];
      if (value !== undefined)
        this.add(`gpu.${record.gpu}.${name}`, node, undefined, unit, t, undefined, value);
    }
    const { memTotal, powerLimit } = record.values;
    this.hardwareOf(node).gpus.set(record.gpu, {
      ...(record.name !== undefined && { name: record.name }),
      ...(memTotal !== undefined && { memTotal }),
      ...(powerLimit !== undefined && { powerLimit }),
    });
  }

  infos(): SeriesInfo[] {
    const order = new Map<string, number>();
    for (const { key } of this.entries) if (!order.has(key)) order.set(key, order.size);
    const placed = (entry: Entry) => order.get(entry.key) ?? 0;
    return this.entries
      .toSorted((a, b) => placed(a) - placed(b) || a.node - b.node || (a.rank ?? -1) - (b.rank ?? -1))
      .map(({ key, node, rank, unit, series: { count, last, min, max } }) => ({
        key,
        node,
        ...(rank !== undefined && { rank }),
        unit,
        count,
        last,
        min,
        max,
      }));
  }

  read(key: string, node: number, fromIndex: number, rank: number | undefined): SeriesPoints {
    const exact = this.byId.get(idOf(key, node, rank));
    const entry = exact ?? (rank === undefined ? this.lowestRank(key, node) : undefined);
    return (entry?.series ?? new Series()).points(fromIndex);
  }

  hardware(): NodeHardware[] {
    return [...this.nodes].map(([node, { gpus, ...rest }]) => ({
      node,
      ...rest,
      gpus: [...gpus].map(([index, gpu]) => ({ index, ...gpu })).sort((a, b) => a.index - b.index),
    }));
  }

  private add(
    key: string,
    node: number,
    rank: number | undefined,
    unit: string,
    t: number,
    step: number | undefined,
    value: number,
  ): void {
    const id = idOf(key, node, rank);
    let entry = this.byId.get(id);
    if (!entry) {
      if (this.entries.length >= mostSeries) {
        this.leftOut += 1;
        return;
      }
      entry = { key, node, rank, unit, series: new Series() };
      this.byId.set(id, entry);
      this.entries.push(entry);
    }
    entry.series.add(t, step, value);
  }

  private lowestRank(key: string, node: number): Entry | undefined {
    return this.entries
      .filter((entry) => entry.key === key && entry.node === node)
      .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))[0];
  }

  private hardwareOf(node: number): Hardware {
    const known = this.nodes.get(node) ?? { gpus: new Map() };
    this.nodes.set(node, known);
    return known;
  }
}

/** A name may hold any character; numbers hold no space. */
function idOf(key: string, node: number, rank: number | undefined): string {
  return `${node} ${rank ?? ''} ${key}`;
}
