import type { TrainingJob } from '../../core/trainingJob';
import { Disposables } from '../../lib/disposables';
import type { Disposable } from '../../lib/disposables';
import type { ChartData, ChartRequest, ChartsView, SeriesData, TimelineView } from '../../protocol/runPanel';
import type { MetricStore } from '../../services/metrics';
import type { RunMetrics } from '../../services/runMetrics';
import { chartsOf } from './chartList';
import type { Chart, ChartMember } from './chartList';
import { decimated, spread } from './seriesWindow';
import type { Points } from './seriesWindow';
import { Throttle } from './throttle';
import { timelineOf } from './timeline';

/** Up to so many points a chart, all are sent and from then on only the new ones. */
const wholePoints = 8000;

/** Longest time that the first charts wait for all that a job has measured; the rest is told of as it is read. */
const firstLook = 300;

/** Serves one page with what its charts show, and tells it when there is more. */
export class RunCharts implements Disposable {
  private readonly held = new Disposables();
  private readonly grew: Throttle;
  private metrics: Promise<RunMetrics> | undefined;
  private opened: RunMetrics | undefined;
  private disposed = false;

  constructor(
    private readonly store: MetricStore,
    private readonly job: () => TrainingJob,
    /** Given how many series there are, so that the page lists charts again only when one is new. */
    tell: (series: number) => void,
  ) {
    this.grew = this.held.add(
      new Throttle(100, () => {
        if (this.opened) tell(this.opened.series().length);
      }),
    );
  }

  async list(): Promise<ChartsView> {
    const metrics = await this.open();
    const charts = this.charts(metrics).map(({ id, title, section, unit, series, limit, overview }) => ({
      ...{ id, title, section, unit, series },
      ...(limit !== undefined && { limit }),
      ...(overview !== undefined && { overview }),
    }));
    return { charts, series: metrics.series().length, notes: metrics.notes() };
  }

  async chart(request: ChartRequest): Promise<ChartData> {
    const metrics = await this.open();
    const chart = this.charts(metrics).find(({ id }) => id === request.id);
    const members = chart?.members.filter(({ node }) => request.node === null || node === request.node) ?? [];
    if (members.length > request.lines) return spreadChart(request, members, metrics);
    const whole = !request.range && members.every(({ count }) => count * members.length <= wholePoints);
    const held = whole ? members.map(({ count }) => count) : [];
    const append = whole && continues(request.held, held);
    const series = members.map((member, index) => {
      const from = append ? (request.held?.[index] ?? 0) : 0;
      const points = metrics.read(member.key, member.node, from, member.rank);
      const columns = whole ? points.t.length + 1 : request.columns;
      return seriesData(member, decimated(points, request.range, columns));
    });
    return { id: request.id, held, append, spread: false, series };
  }

  async timeline(now: number): Promise<TimelineView | null> {
    const metrics = await this.open();
    return timelineOf(metrics.phases(), metrics.guards(), this.job(), now);
  }

  dispose(): void {
    this.disposed = true;
    this.held.dispose();
  }

  private charts(metrics: RunMetrics): readonly Chart[] {
    const hardware = metrics.hardware();
    const most = (values: readonly (number | undefined)[]) =>
      Math.max(0, ...values.map((value) => value ?? 0));
    return chartsOf(metrics.series(), {
      'gpu.*.memUsed': most(hardware.flatMap(({ gpus }) => gpus.map(({ memTotal }) => memTotal))),
      'host:Memory': most(hardware.map(({ memTotal }) => memTotal)),
    });
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

function continues(before: readonly number[] | null, now: readonly number[]): boolean {
  return (
    before?.length === now.length && now.length > 0 && before.every((count, i) => count <= (now[i] ?? 0))
  );
}

function seriesData(member: ChartMember, points: Points): SeriesData {
  return { label: member.label, colour: member.colour, last: member.last, ...points };
}

function spreadChart(request: ChartRequest, members: readonly ChartMember[], metrics: RunMetrics): ChartData {
  const all = members.map(({ key, node, rank }) => metrics.read(key, node, 0, rank));
  const { low, mean, high } = spread(all, request.range, Math.min(request.columns, 400));
  const line = (label: string, colour: number, points: Points): SeriesData => ({
    label,
    colour,
    last: points.value.at(-1) ?? NaN,
    ...points,
  });
  const series = [line('highest', 1, high), line('mean', 0, mean), line('lowest', 2, low)];
  return { id: request.id, held: [], append: false, spread: true, series };
}

/** Waits for `work` but no longer than `milliseconds`. */
async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await Promise.race([work, enough]);
  } finally {
    clearTimeout(timer);
  }
}
