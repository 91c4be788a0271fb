import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ChartInfo, ChartRequest, SavedMetrics, SeriesData } from '../../src/protocol/runPanel';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import { LineChart } from '../shared/lineChart';
import { quantityText } from '../shared/quantity';
import { markOf, themeChanged } from '../shared/theme';
import { clockText } from '../shared/times';
import type { ChartFeed, FedChart } from './chartFeed';
import './chartTable';
import { run } from './runModel';

/** Lines that a small and a large chart can show without becoming a tangle. */
const fewLines = 4;
const manyLines = 16;

/** One chart with its title, its newest values and its lines. It asks for data only while it is in sight. */
@customElement('metric-chart')
export class MetricChart extends LightElement {
  @property({ attribute: false }) info!: ChartInfo;
  @property({ attribute: false }) feed!: ChartFeed;
  @property({ attribute: false }) settings!: SavedMetrics;
  @property({ attribute: false }) range: readonly [number, number] | null = null;
  @property({ attribute: false }) onRange: (range: readonly [number, number] | null) => void = () =>
    undefined;
  /** Small: title and newest value only. */
  @property({ type: Boolean }) small = false;
  @state() private series: readonly SeriesData[] | undefined;
  @state() private problem: string | undefined;
  @state() private cursor: { values: readonly (number | null)[]; t: number } | undefined;
  private spread = false;
  private chart: LineChart | undefined;
  private seen = false;
  private asked = '';
  private readonly fed: FedChart = {
    wanted: () => {
      const columns = this.seen ? Math.round(this.clientWidth) : 0;
      return columns > 0 ? this.request(columns) : undefined;
    },
    show: (series, spread) => {
      this.series = series;
      this.spread = spread;
      this.problem = undefined;
    },
    fail: (message) => {
      this.problem = message;
    },
  };

  override connectedCallback(): void {
    super.connectedCallback();
    const sight = new IntersectionObserver(([entry]) => {
      this.seen = entry?.isIntersecting ?? false;
      if (this.seen) this.feed.ask(this.fed);
    });
    sight.observe(this);
    const size = new ResizeObserver(() => {
      this.chart?.resize();
    });
    size.observe(this);
    this.feed.add(this.fed);
    this.listen(themeChanged, () => {
      this.chart?.destroy();
      this.draw();
    });
    this.atEnd(() => {
      sight.disconnect();
      size.disconnect();
      this.feed.remove(this.fed);
      this.chart?.destroy();
      this.chart = undefined;
    });
  }

  protected override render(): TemplateResult {
    const { title, series: count, unit } = this.info;
    const what = `${title}${unit ? ` in ${unit}` : ''}, ${this.summary()}`;
    const table = this.settings.table && !this.small;
    return html`
      <figure class="chart" aria-label=${what}>
        <figcaption class="chart-title">
          <span class="chart-name" title=${title}>${title}</span>
          ${this.headline(count)}
        </figcaption>
        ${this.problem === undefined ? nothing : html`<p class="chart-problem" role="alert">${icon('error')} ${this.problem}</p>`}
        ${
          table && this.series
            ? html`<chart-table .series=${this.series} .unit=${unit}></chart-table>`
            : html`<div class="plot" role="img" aria-label=${what}></div>`
        }
        ${this.small || table ? nothing : this.legend()}
      </figure>
    `;
  }

  protected override updated(changed: PropertyValues): void {
    // The cursor moves with every movement of the mouse, and nothing has to be drawn for it.
    if (changed.size === 1 && changed.has('cursor')) return;
    const asked = JSON.stringify([this.info.id, this.settings.node, this.range]);
    if (asked !== this.asked) {
      this.asked = asked;
      this.feed.ask(this.fed);
    }
    this.draw();
  }

  private request(columns: number): Omit<ChartRequest, 'held'> {
    const lines = this.small ? fewLines : manyLines;
    return { id: this.info.id, node: this.settings.node, range: this.range, columns, lines };
  }

  /** The newest value where there is one line, how many lines there are otherwise. */
  private headline(count: number): TemplateResult {
    const series = this.series ?? [];
    if (this.cursor && this.small) {
      const first = this.cursor.values.find((value) => value !== null);
      return html`<span class="chart-value">${this.text(first)}</span>`;
    }
    if (series.length === 1) return html`<span class="chart-value">${this.text(series[0]?.last)}</span>`;
    if (this.spread) return html`<span class="chart-value">mean ${this.text(series[1]?.last)}</span>`;
    if (series.length > 1 && this.small)
      return html`<span class="chart-value">${this.rangeText(series)}</span>`;
    return html`<span class="chart-count">${count > 1 ? `${count} lines` : ''}</span>`;
  }

  private rangeText(series: readonly SeriesData[]): string {
    const last = series.map((one) => one.last).filter((value) => !Number.isNaN(value));
    const low = this.text(Math.min(...last));
    const high = this.text(Math.max(...last));
    return low === high ? low : `${low} – ${high}`;
  }

  private legend(): TemplateResult {
    return html`<ul class="legend">
      ${this.cursor ? html`<li class="legend-time">${clockText(this.cursor.t)}</li>` : nothing}
      ${(this.series ?? []).map((one, index) => {
        const value = this.cursor ? this.cursor.values[index] : one.last;
        return html`<li class="legend-line" title=${one.label}>
          <span class="legend-mark ${markOf(one.colour)}" aria-hidden="true"></span>
          <span class="legend-label">${one.label}</span>
          <span class="legend-value">${this.text(value ?? undefined)}</span>
        </li>`;
      })}
    </ul>`;
  }

  private text(value: number | undefined): string {
    return value === undefined ? '–' : quantityText(value, this.info.unit);
  }

  private summary(): string {
    const series = this.series ?? [];
    if (series.length === 0) return 'no data yet';
    return series.map((one) => `${one.label} ${this.text(one.last)}`).join(', ');
  }

  private draw(): void {
    const host = this.querySelector<HTMLElement>('.plot');
    if (!host) {
      this.chart?.destroy();
      this.chart = undefined;
      return;
    }
    if (!this.series || !this.seen) return;
    this.chart ??= new LineChart(host);
    const training = this.info.section === 'training';
    this.chart.draw(this.series, {
      unit: this.info.unit,
      ...(this.info.limit !== undefined && { limit: this.info.limit }),
      logAxis: this.settings.logAxis && training,
      smoothing: training ? this.settings.smoothing : 0,
      start: run.job?.startedAt ?? run.job?.createdAt ?? Infinity,
      range: this.range,
      height: this.small ? 110 : 190,
      onRange: (range) => {
        this.onRange(range);
      },
      onCursor: (values, t) => {
        this.cursor = values && t !== null ? { values, t } : undefined;
      },
    });
  }
}
