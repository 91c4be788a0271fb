import type { ChartData, ChartRequest, ChartsView, SeriesData } from '../../src/protocol/runPanel';
import type { ChartSource } from './chartSource';
import { joined } from './curves';
import { messageOf } from './host';

/** A chart in sight, as the feed knows it. */
export interface FedChart {
  /** What it shows; `undefined` while it is not in sight, and then nothing is asked for. */
  wanted(): Omit<ChartRequest, 'held'> | undefined;
  show(data: ShownChart): void;
  fail(message: string): void;
}

/** All that is known of what the chart wants. */
export type ShownChart = Pick<ChartData, 'series' | 'spread' | 'extent'>;

interface Held {
  readonly view: string;
  readonly data: ChartData;
  /** Until when it is not asked for again, as it had nothing new. */
  readonly restsUntil: number;
}

/** Machines are sampled seldom: a chart without anything new is asked for again after so many milliseconds. */
const rest = 500;

/**
 * Keeps the charts of one tab filled: asks for one chart after the other, draws it, and begins again when the host says
 * that there is more. So there is never more than one question under way, however slow the way.
 */
export class ChartFeed {
  view: ChartsView | undefined;
  problem: string | undefined;
  private readonly charts = new Map<FedChart, Held | undefined>();
  private readonly due = new Set<FedChart>();
  /** What may have something new but had nothing a moment ago. */
  private readonly resting = new Set<FedChart>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private busy = false;
  private series = -1;
  private ended = false;
  private readonly stopListening: () => void;

  /** `onList` is called when the list of charts, or the reason why there is none, has changed. */
  constructor(
    readonly source: ChartSource,
    private readonly onList: () => void,
  ) {
    this.stopListening = source.grew.on(({ series }) => {
      if (series !== this.series) this.series = -1;
      for (const [chart, held] of this.charts) {
        if (held?.data.final) continue;
        if ((held?.restsUntil ?? 0) > performance.now()) this.resting.add(chart);
        else this.due.add(chart);
      }
      if (this.resting.size > 0) this.timer ??= setTimeout(this.wake, rest);
      void this.work();
    });
    void this.work();
  }

  add(chart: FedChart): void {
    this.charts.set(chart, undefined);
    this.ask(chart);
  }

  remove(chart: FedChart): void {
    this.charts.delete(chart);
    this.due.delete(chart);
    this.resting.delete(chart);
  }

  /** The chart came into sight, or wants another range, node or width. */
  ask(chart: FedChart): void {
    this.due.add(chart);
    void this.work();
  }

  dispose(): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.stopListening();
  }

  private readonly wake = (): void => {
    this.timer = undefined;
    for (const chart of this.resting) this.due.add(chart);
    this.resting.clear();
    void this.work();
  };

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      while (!this.ended) {
        if (this.series < 0) await this.list();
        const chart = [...this.due].find((one) => one.wanted());
        const wanted = chart?.wanted();
        if (!chart || !wanted) return;
        this.due.delete(chart);
        await this.fill(chart, wanted);
      }
    } finally {
      this.busy = false;
    }
  }

  private async list(): Promise<void> {
    try {
      this.view = await this.source.list();
      this.series = this.view.series;
      this.problem = undefined;
    } catch (error) {
      this.problem = messageOf(error);
      // Tried again when there is more.
      this.series = 0;
    }
    if (!this.ended) this.onList();
  }

  private async fill(chart: FedChart, wanted: Omit<ChartRequest, 'held'>): Promise<void> {
    const { id, node, axis, range, by, smoothing, columns } = wanted;
    const view = JSON.stringify([id, node, axis, range, by, smoothing, columns]);
    const before = this.charts.get(chart);
    const held = before?.view === view ? before : undefined;
    try {
      const data = await this.source.read({ ...wanted, held: held?.data.held ?? null });
      if (!this.charts.has(chart)) return;
      const shown = { ...data, series: merged(held?.data, data) };
      const same = held !== undefined && isSame(held.data, shown);
      this.charts.set(chart, { view, data: shown, restsUntil: same ? performance.now() + rest : 0 });
      if (!same) chart.show(shown);
    } catch (error) {
      if (this.charts.has(chart)) chart.fail(messageOf(error));
    }
  }
}

/** Most charts have nothing new when one has: they are not drawn again. Points before the last were drawn already. */
function isSame(before: ChartData, now: ChartData): boolean {
  if (before.series.length !== now.series.length || before.spread !== now.spread) return false;
  return now.series.every(({ t, value }, index) => {
    const old = before.series[index];
    const from = now.from[index] ?? 0;
    if (old?.t.length !== t.length) return false;
    for (let i = from; i < t.length; i++) if (t[i] !== old.t[i] || value[i] !== old.value[i]) return false;
    return true;
  });
}

function merged(held: ChartData | undefined, data: ChartData): readonly SeriesData[] {
  return data.series.map((more, index) => {
    const before = held?.series[index];
    const from = data.from[index] ?? 0;
    if (!before || from === 0) return more;
    const behind = (column: 't' | 'step' | 'value') => joined(before[column].subarray(0, from), more[column]);
    const smooth = before.smooth && more.smooth && joined(before.smooth.subarray(0, from), more.smooth);
    return {
      ...more,
      t: behind('t'),
      value: behind('value'),
      step: behind('step'),
      ...(smooth && { smooth }),
    };
  });
}
