import type { MachineLoad } from '../../../core/load/machineLoad';
import type { ChartData, ChartRequest, ChartsView } from '../../../protocol/runPanel';
import type { LoadHistory } from '../../../services/samples/loadHistory';
import { ChartMaker } from '../chartData';
import { chartsOf, type Chart } from '../chartList';

/** Serves one page with the curves of a machine's last hour. */
export class MachineCharts {
  private readonly maker = new ChartMaker();
  private known: { readonly list: unknown; readonly charts: readonly Chart[] } | undefined;

  constructor(
    private readonly history: () => LoadHistory | undefined,
    private readonly load: () => MachineLoad | undefined,
  ) {}

  /** Give it to the page when there is more. */
  get series(): number {
    return this.history()?.list().length ?? 0;
  }

  list(): ChartsView {
    const charts = this.charts().map(({ id, title, section, unit, series, limit }) => ({
      ...{ id, title, section, unit, series },
      ...(limit !== undefined && { limit }),
    }));
    return { charts, series: this.series, notes: [] };
  }

  chart(request: ChartRequest): ChartData {
    const members = this.charts().find(({ id }) => id === request.id)?.members ?? [];
    const lines = members.flatMap((member) => {
      const series = this.history()?.find(member.key);
      return series ? [{ member, series }] : [];
    });
    return this.maker.data(request, lines);
  }

  /** The same list for as long as no series is new. */
  private charts(): readonly Chart[] {
    const list = this.history()?.list() ?? [];
    if (this.known?.list === list) return this.known.charts;
    const load = this.load();
    const charts = chartsOf(
      list.map(({ key, unit }) => ({ key, unit, node: 0, count: 0, last: 0 })),
      {
        'gpu.*.memUsed':
          Math.max(0, ...(load?.gpus.map(({ values }) => values.memTotal ?? 0) ?? [])) / 2 ** 30,
        'host:Memory': load?.host.values.memTotal ?? 0,
      },
    );
    // What limits a chart is learned with the first sample.
    if (load) this.known = { list, charts };
    return charts;
  }
}
