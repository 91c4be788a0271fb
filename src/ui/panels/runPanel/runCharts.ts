import type { TrainingJob } from '../../../core/trainingJob';
import { Disposables } from '../../../lib/disposables';
import type { Disposable } from '../../../lib/disposables';
import type { ChartData, ChartRequest, ChartsView, TimelineView } from '../../../protocol/runPanel';
import type { MetricStore } from '../../../services/metrics/metrics';
import type { RunMetrics } from '../../../services/metrics/runMetrics';
import { ChartMaker } from '../chartData';
import { chartsOf } from '../chartList';
import type { Chart, SeriesRef } from '../chartList';
import { Throttle } from '../throttle';
import { timelineOf } from './timeline';
import { within } from '../../../lib/within';

/** Longest time that the first charts wait for all that a job has measured; the rest is told of as it is read. */
const firstLook = 300;

/** Serves one page with what its charts show, and tells it when there is more. */
export class RunCharts implements Disposable {
  private readonly held = new Disposables();
  private readonly grew: Throttle;
  private metrics: Promise<RunMetrics> | undefined;
  private opened: RunMetrics | undefined;
  private known: { series: number; hardware: unknown; charts: readonly Chart[] } | undefined;
  private readonly maker = new ChartMaker();
  private disposed = false;

  constructor(
    private readonly store: MetricStore,
    private readonly job: () => TrainingJob,
    /** Given how many series there are, so that the page lists charts again only when one is new. */
    tell: (series: number) => void,
  ) {
    this.grew = this.held.add(
      new Throttle(100, () => {
        if (this.opened) tell(this.opened.seriesCount());
      }),
    );
  }

  async list(): Promise<ChartsView> {
    const metrics = await this.open();
    const charts = this.charts(metrics).map((chart) => {
      const { id, title, section, unit, series, limit, overview, members } = chart;
      const steps =
        section === 'training' && members.some((one) => metrics.find(one.key, one.node, one.rank)?.hasSteps);
      return {
        ...{ id, title, section, unit, series, steps },
        ...(limit !== undefined && { limit }),
        ...(overview !== undefined && { overview }),
      };
    });
    return { charts, series: metrics.seriesCount(), notes: metrics.notes() };
  }

  async chart(request: ChartRequest): Promise<ChartData> {
    const metrics = await this.open();
    const chart = this.charts(metrics).find(({ id }) => id === request.id);
    const members = chart?.members.filter(({ node }) => request.node === null || node === request.node) ?? [];
    const lines = members.flatMap((member) => {
      const series = metrics.find(member.key, member.node, member.rank);
      return series ? [{ member, series }] : [];
    });
    return this.maker.data(request, lines);
  }

  async timeline(now: number): Promise<TimelineView | null> {
    const metrics = await this.open();
    return timelineOf(metrics.phases(), metrics.guards(), metrics.restarts(), this.job(), now);
  }

  dispose(): void {
    this.disposed = true;
    this.held.dispose();
  }

  /** The same list for as long as no series and no hardware is new. */
  private charts(metrics: RunMetrics): readonly Chart[] {
    const hardware = metrics.hardware();
    const series = metrics.seriesCount();
    if (this.known?.series === series && this.known.hardware === hardware) return this.known.charts;
    const most = (values: readonly (number | undefined)[]) =>
      Math.max(0, ...values.map((value) => value ?? 0));
    const means = new Map<string, number | undefined>(
      hardware.flatMap(({ node, gpus }) =>
        gpus.map(({ index, of }) => [`${node} gpu.${index}`, of] as const),
      ),
    );
    const refs = metrics.series().map((one): SeriesRef => {
      const of = means.get(`${one.node} ${/^gpu\.\d+/.exec(one.key)?.[0] ?? ''}`);
      return of === undefined ? one : { ...one, of };
    });
    const charts = chartsOf(refs, {
      'gpu.*.memUsed': most(hardware.flatMap(({ gpus }) => gpus.map(({ memTotal }) => memTotal))),
      'host:Memory': most(hardware.map(({ memTotal }) => memTotal)),
    });
    this.known = { series, hardware, charts };
    return charts;
  }

  /** What the job measured, read once for all that the page shows of it. */
  open(): Promise<RunMetrics> {
    if (!this.metrics) {
      this.metrics = this.opening();
      this.metrics.catch(() => (this.metrics = undefined));
    }
    return this.metrics;
  }

  private async opening(): Promise<RunMetrics> {
    const metrics = await this.store.open(this.job());
    try {
      await within(firstLook, metrics.settled());
      if (this.disposed) throw new Error('The panel was closed.');
    } catch (error) {
      // The next request tries again.
      metrics.dispose();
      throw error;
    }
    this.opened = metrics;
    this.held.add(metrics);
    this.held.add(
      metrics.onDidChange(() => {
        this.grew.ask();
      }),
    );
    return metrics;
  }
}
