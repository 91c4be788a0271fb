import { Series, type SeriesPoints, type SeriesView } from '../../core/series/series';
import type { NodeHardware, RestartMark, SeriesInfo } from './runMetrics';
import type { MetricBatch, SeriesKey } from '../workers/metricMessages';

interface Entry extends SeriesKey {
  readonly series: Series;
}

/** All series of a run, by key, node and rank, as batches bring them. */
export class MetricTable {
  /** In the order in which batches number them. */
  private readonly entries: Entry[] = [];
  private readonly byId = new Map<string, Entry>();
  private sorted: readonly Entry[] = [];
  private listed: readonly SeriesInfo[] | undefined;
  private nodes: readonly NodeHardware[] = [];

  get count(): number {
    return this.entries.length;
  }

  take({ named, series, t, step, value, hardware }: MetricBatch): void {
    for (const { key, node, rank, unit } of named) {
      const entry = { key, node, unit, ...(rank !== undefined && { rank }), series: new Series() };
      this.entries.push(entry);
      this.byId.set(idOf(key, node, rank), entry);
    }
    if (named.length > 0) this.sorted = inOrder(this.entries);
    for (let i = 0; i < series.length; i++) {
      const at = step[i] ?? NaN;
      const known = Number.isNaN(at) ? undefined : at;
      this.entries[series[i] ?? -1]?.series.add(t[i] ?? 0, known, value[i] ?? NaN);
    }
    if (hardware.length > 0) {
      const others = this.nodes.filter(({ node }) => !hardware.some((one) => one.node === node));
      this.nodes = [...others, ...hardware].sort((a, b) => a.node - b.node);
    }
    this.listed = undefined;
  }

  infos(): readonly SeriesInfo[] {
    this.listed ??= this.sorted.map(({ key, node, rank, unit, series: { count, last, min, max } }) => ({
      key,
      node,
      ...(rank !== undefined && { rank }),
      unit,
      count,
      last,
      min,
      max,
    }));
    return this.listed;
  }

  find(key: string, node: number, rank: number | undefined): SeriesView | undefined {
    const exact = this.byId.get(idOf(key, node, rank));
    return (exact ?? (rank === undefined ? this.lowestRank(key, node) : undefined))?.series;
  }

  read(key: string, node: number, fromIndex: number, rank: number | undefined): SeriesPoints {
    return (this.find(key, node, rank) ?? new Series()).points(fromIndex);
  }

  restarts(): RestartMark[] {
    return this.entries.flatMap(({ node, series }) =>
      series.stepBacks.map(({ before, t, step }) => ({ node, before, t, step })),
    );
  }

  hardware(): readonly NodeHardware[] {
    return this.nodes;
  }

  private lowestRank(key: string, node: number): Entry | undefined {
    return this.sorted.find((entry) => entry.key === key && entry.node === node);
  }
}

/** Keys in order of first appearance, then by node and rank. */
function inOrder(entries: readonly Entry[]): readonly Entry[] {
  const order = new Map<string, number>();
  for (const { key } of entries) if (!order.has(key)) order.set(key, order.size);
  const placed = (entry: Entry) => order.get(entry.key) ?? 0;
  return entries.toSorted(
    (a, b) => placed(a) - placed(b) || a.node - b.node || (a.rank ?? -1) - (b.rank ?? -1),
  );
}

/** A name may hold any character; numbers hold no space. */
function idOf(key: string, node: number, rank: number | undefined): string {
  return `${node} ${rank ?? ''} ${key}`;
}
