import { isMachineSeries, metricKind, metricPlace } from '../../../core/metricKind';
import type { TrainingJob } from '../../../core/trainingJob';
import type { Disposable } from '../../../lib/disposables';
import { Disposables } from '../../../lib/disposables';
import { within } from '../../../lib/within';
import type {
  OverlayAxis,
  OverlayChart,
  OverlayRequest,
  OverlaySeries,
} from '../../../protocol/comparePanel';
import type { MetricStore } from '../../../services/metrics/metrics';
import type { RunMetrics, SeriesInfo, SeriesView } from '../../../services/metrics/runMetrics';
import { Throttle } from '../throttle';

interface Open {
  readonly job: TrainingJob;
  readonly metrics: RunMetrics;
}

/** Longest time that charts wait for all that a run has measured, in milliseconds; the rest is told of as it is read. */
const firstLook = 2000;

/** Serves one page with the curves of the runs that it overlays. Their logs are read while it does, and no longer. */
export class CompareCharts implements Disposable {
  private readonly held = new Disposables();
  private readonly opened = new Map<string, Promise<Open>>();
  private readonly grew: Throttle;
  private disposed = false;

  constructor(
    private readonly store: Pick<MetricStore, 'open'>,
    private readonly job: (id: string) => TrainingJob | undefined,
    tell: () => void,
  ) {
    this.grew = this.held.add(new Throttle(500, tell));
  }

  /** The charts of these runs. Others are let go. */
  async list(ids: readonly string[]): Promise<readonly OverlayChart[]> {
    this.letGo(new Set(ids));
    const all = await this.openAll(ids);
    const charts = new Map<string, { runs: number; steps: boolean }>();
    for (const { metrics } of all) {
      for (const name of new Set(metrics.series().map(({ key }) => key))) {
        const info = seriesOf(metrics, name);
        if (!info || info.count === 0) continue;
        const chart = charts.get(name) ?? { runs: 0, steps: true };
        const steps = chart.steps && (metrics.find(name, info.node, info.rank)?.hasSteps ?? false);
        charts.set(name, { runs: chart.runs + 1, steps });
      }
    }
    const place = (name: string) => metricPlace[metricKind(name)];
    return [...charts]
      .map(([id, { runs, steps }]) => ({ id, runs, steps }))
      .sort((a, b) => place(a.id) - place(b.id));
  }

  async chart({ metric, runs, axis, range, columns }: OverlayRequest): Promise<readonly OverlaySeries[]> {
    const all = await this.openAll(runs);
    return all.flatMap(({ job, metrics }): OverlaySeries[] => {
      const info = seriesOf(metrics, metric);
      if (!info) return [];
      const series = metrics.find(metric, info.node, info.rank);
      if (!series) return [];
      return [{ run: job.id, last: info.last, ...seen(series, axis, range, columns, job) }];
    });
  }

  dispose(): void {
    this.disposed = true;
    this.letGo(new Set());
    this.held.dispose();
  }

  /** Runs that are gone, or can't be read, are left out: their row says why. */
  private async openAll(ids: readonly string[]): Promise<readonly Open[]> {
    const all = await Promise.allSettled(ids.map((id) => this.open(id)));
    return all.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  }

  private open(id: string): Promise<Open> {
    let opening = this.opened.get(id);
    if (!opening) {
      opening = this.opening(id);
      this.opened.set(id, opening);
      opening.catch(() => this.opened.delete(id));
    }
    return opening;
  }

  private async opening(id: string): Promise<Open> {
    const job = this.job(id);
    if (!job) throw new Error('This job was deleted.');
    const metrics = await this.store.open(job);
    try {
      await within(firstLook, metrics.settled());
      if (this.disposed) throw new Error('The panel was closed.');
    } catch (error) {
      metrics.dispose();
      throw error;
    }
    metrics.onDidChange(() => {
      this.grew.ask();
    });
    return { job, metrics };
  }

  private letGo(wanted: ReadonlySet<string>): void {
    for (const [id, opening] of this.opened) {
      if (wanted.has(id)) continue;
      this.opened.delete(id);
      void opening.then(
        ({ metrics }) => {
          metrics.dispose();
        },
        () => undefined, // It was never opened.
      );
    }
  }
}

/** Of several nodes and ranks the lowest, as in the table. */
function seriesOf(metrics: RunMetrics, name: string): SeriesInfo | undefined {
  return isMachineSeries(name) ? undefined : metrics.series().find(({ key }) => key === name);
}

/** What is seen of a series, by the time since its run's start or by step. */
function seen(
  series: SeriesView,
  axis: OverlayAxis,
  range: readonly [number, number] | null,
  columns: number,
  job: TrainingJob,
): Pick<OverlaySeries, 'x' | 'value'> {
  const start = axis === 'time' ? (job.startedAt ?? job.createdAt) : 0;
  const shown = range && ([range[0] + start, range[1] + start] as const);
  const { t, step, value } = series.window(shown, columns, axis);
  return { x: axis === 'step' ? step : t.map((time) => Math.max(0, time - start)), value };
}
