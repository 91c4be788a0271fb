import { listCharts, readChart } from '../../src/protocol/runPanel';
import type { ChartData, ChartRequest, ChartsView, SeriesData } from '../../src/protocol/runPanel';
import { joined } from '../shared/curves';
import { ask } from '../shared/host';
import { messageOf, run } from './runModel';

/** A chart in sight, as the feed knows it. */
export interface FedChart {
  /** What it shows; `undefined` while it is not in sight, and then nothing is asked for. */
  wanted(): Omit<ChartRequest, 'held'> | undefined;
  show(series: readonly SeriesData[], spread: boolean): void;
  fail(message: string): void;
}

interface Held {
  readonly view: string;
  readonly counts: readonly number[];
  readonly series: readonly SeriesData[];
}

/**
 * Keeps the charts of one tab filled: asks for one chart after the other, draws it, and begins again when the host says
 * that there is more. So there is never more than one question under way, however slow the way.
 */
export class ChartFeed {
  view: ChartsView | undefined;
  problem: string | undefined;
  private readonly charts = new Map<FedChart, Held | undefined>();
  private readonly due = new Set<FedChart>();
  private busy = false;
  private series = -1;
  private ended = false;
  private readonly stopListening: () => void;

  /** `onList` is called when the list of charts, or the reason why there is none, has changed. */
  constructor(private readonly onList: () => void) {
    this.stopListening = run.metricsGrew.on(({ series }) => {
      if (series !== this.series) this.series = -1;
      for (const chart of this.charts.keys()) this.due.add(chart);
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
  }

  /** The chart came into sight, or wants another range, node or width. */
  ask(chart: FedChart): void {
    this.due.add(chart);
    void this.work();
  }

  dispose(): void {
    this.ended = true;
    this.stopListening();
  }

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
      this.view = await ask(listCharts, undefined);
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
    const view = JSON.stringify([wanted.id, wanted.node, wanted.range]);
    const before = this.charts.get(chart);
    const held = before?.view === view ? before : undefined;
    try {
      const data = await ask(readChart, { ...wanted, held: held?.counts ?? null });
      if (!this.charts.has(chart)) return;
      const series = merged(held, data);
      this.charts.set(chart, { view, counts: data.held, series });
      chart.show(series, data.spread);
    } catch (error) {
      if (this.charts.has(chart)) chart.fail(messageOf(error));
    }
  }
}

function merged(held: Held | undefined, data: ChartData): readonly SeriesData[] {
  if (!data.append || !held) return data.series;
  return data.series.map((more, index) => {
    const before = held.series[index];
    if (!before) return more;
    return {
      ...more,
      t: joined(before.t, more.t),
      value: joined(before.value, more.value),
      step: joined(before.step, more.step),
    };
  });
}
