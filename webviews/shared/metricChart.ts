import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type {
  ChartInfo,
  ChartRequest,
  SavedMetrics,
  SeriesAxis,
  SeriesData,
} from '../../src/protocol/runPanel';
import { icon } from './icon';
import { LightElement } from './lightElement';
import { LineChart } from './lineChart';
import { plainText, quantityText } from './quantity';
import { markOf, themeChanged } from './theme';
import { clockText } from './times';
import type { ChartFeed, FedChart, ShownChart } from './chartFeed';
import { chartKey } from './chartKeys';
import './chartTable';
import { shownRange, wantedRange, zoomTo, type Zoom } from './zoom';

/** Lines that a small and a large chart can show without becoming a tangle. */
const fewLines = 4;
const manyLines = 16;

/** One chart with its title, its newest values and its lines. It asks for data and draws only while it is in sight. */
@customElement('metric-chart')
export class MetricChart extends LightElement {
  @property({ attribute: false }) info!: ChartInfo;
  @property({ attribute: false }) feed!: ChartFeed;
  @property({ attribute: false }) settings!: SavedMetrics;
  @property({ attribute: false }) zoom: Zoom | null = null;
  @property({ attribute: false }) onZoom: (zoom: Zoom | null) => void = () => undefined;
  /** Small: title and newest value only. */
  @property({ type: Boolean }) small = false;
  @state() private shown: ShownChart | undefined;
  @state() private problem: string | undefined;
  @state() private cursor: { values: readonly (number | null)[]; place: number } | undefined;
  /** What the keyboard found, for those who can't see the cursor. */
  @state() private told = '';
  private chart: LineChart | undefined;
  private seen = false;
  private asked = '';
  private readonly fed: FedChart = {
    wanted: () => {
      const columns = this.seen ? Math.round(this.clientWidth) : 0;
      return columns > 0 ? this.request(columns) : undefined;
    },
    show: (data) => {
      this.shown = data;
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
    this.atEnd(
      this.feed.source.watchMarks(() => {
        this.draw();
      }),
    );
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
    const table = this.settings.table && !this.small;
    return html`
      <figure class="chart" aria-label=${title}>
        <figcaption class="chart-title">
          <span class="chart-name" title=${title}>${title}</span>
          ${this.headline(count)}
        </figcaption>
        ${this.problem === undefined ? nothing : html`<p class="chart-problem" role="alert">${icon('error')} ${this.problem}</p>`}
        ${this.note()}
        ${
          table && this.shown
            ? html`<chart-table .series=${this.shown.series} .unit=${unit}></chart-table>`
            : this.plot()
        }
        ${this.small || table ? nothing : this.legend(count)}
      </figure>
    `;
  }

  protected override updated(changed: PropertyValues): void {
    // The cursor moves with every movement of the mouse, and nothing has to be drawn for it.
    if ([...changed.keys()].every((key) => key === 'cursor' || key === 'told')) return;
    const asked = JSON.stringify(this.request(0));
    if (asked !== this.asked) {
      this.asked = asked;
      this.feed.ask(this.fed);
    }
    this.draw();
  }

  private get axis(): SeriesAxis {
    return this.info.steps ? this.settings.axis : 'time';
  }

  private request(columns: number): Omit<ChartRequest, 'held'> {
    const lines = this.small ? fewLines : manyLines;
    const { node } = this.settings;
    const { axis } = this;
    const view = { axis, ...wantedRange(this.zoom, axis), smoothing: this.smoothing };
    return { id: this.info.id, node, ...view, columns, lines };
  }

  private get smoothing(): number {
    return this.info.section === 'training' ? this.settings.smoothing : 0;
  }

  /** Why there is nothing to see. */
  private note(): TemplateResult | typeof nothing {
    const { series = [] } = this.shown ?? {};
    if (!this.shown || this.problem !== undefined) return nothing;
    if (series.every(({ t }) => t.length === 0)) {
      return html`<p class="plot-note">
        ${this.zoom ? 'Nothing was measured in this stretch.' : 'Nothing was measured yet.'}
      </p>`;
    }
    const logAxis = this.settings.logAxis && this.info.section === 'training';
    if (!logAxis || series.some(({ value }) => value.some((one) => one > 0))) return nothing;
    return html`<p class="plot-note">No value is above zero, so a log axis can’t show them.</p>`;
  }

  private plot(): TemplateResult {
    const { title, unit } = this.info;
    const what = `${title}${unit ? ` in ${unit}` : ''}, ${this.summary()}`;
    if (this.small) return html`<div class="plot" role="img" aria-label=${what}></div>`;
    return html`<div
        class="plot"
        role="application"
        aria-roledescription="chart"
        tabindex="0"
        aria-label="${what}. Arrow keys move the cursor, plus and minus zoom, 0 shows all."
        @keydown=${this.onKey}
        @blur=${() => this.chart?.leaveCursor()}
      ></div>
      <p class="unseen" role="status">${this.told}</p>`;
  }

  /** The newest value where there is one line, how many lines there are otherwise. */
  private headline(count: number): TemplateResult {
    const { series = [], spread } = this.shown ?? {};
    if (this.cursor && this.small) {
      const first = this.cursor.values.find((value) => value !== null);
      return html`<span class="chart-value">${this.text(first)}</span>`;
    }
    if (series.length === 1) return html`<span class="chart-value">${this.text(series[0]?.last)}</span>`;
    if (spread) return html`<span class="chart-value">mean ${this.text(series[1]?.last)}</span>`;
    if (series.length > 1 && this.small)
      return html`<span class="chart-value">${this.rangeText(series)}</span>`;
    return html`<span class="chart-count">${count > 1 ? `${series.length || count} lines` : ''}</span>`;
  }

  private rangeText(series: readonly SeriesData[]): string {
    const last = series.map((one) => one.last).filter((value) => !Number.isNaN(value));
    const low = this.text(Math.min(...last));
    const high = this.text(Math.max(...last));
    return low === high ? low : `${low} – ${high}`;
  }

  private legend(count: number): TemplateResult {
    const several = this.feed.source.hasNodes() && this.settings.node === null;
    return html`<ul class="legend">
      ${this.cursor ? html`<li class="legend-time">${this.placeText(this.cursor.place)}</li>` : nothing}
      ${(this.shown?.series ?? []).map((one, index) => {
        const value = this.cursor ? this.cursor.values[index] : one.last;
        return html`<li class="legend-line" title=${one.label}>
          <span class="legend-mark ${markOf(one.colour)}" aria-hidden="true"></span>
          <span class="legend-label">${one.label}</span>
          <span class="legend-value">${this.text(value ?? undefined)}</span>
        </li>`;
      })}
      ${
        this.shown?.spread
          ? html`<li class="legend-note">
              of ${several ? `${count} lines; choose a node for its own` : 'all lines'}
            </li>`
          : nothing
      }
    </ul>`;
  }

  private text(value: number | undefined): string {
    return value === undefined ? '–' : quantityText(value, this.info.unit);
  }

  private placeText(place: number): string {
    return this.axis === 'step' ? `step ${plainText(place)}` : clockText(place);
  }

  private summary(): string {
    const series = this.shown?.series ?? [];
    if (series.length === 0) return 'no data yet';
    return series.map((one) => `${one.label} ${this.text(one.last)}`).join(', ');
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const { chart } = this;
    if (
      !chart ||
      !chartKey(event, chart, () => {
        this.onZoom(null);
      })
    )
      return;
    event.preventDefault();
    event.stopPropagation();
    const { values = [], place } = this.cursor ?? {};
    const words = (this.shown?.series ?? []).map(
      ({ label }, index) => `${label} ${this.text(values[index] ?? undefined)}`,
    );
    this.told = place === undefined ? '' : `${this.placeText(place)}: ${words.join(', ')}`;
  };

  private draw(): void {
    const host = this.querySelector<HTMLElement>('.plot');
    if (!host) {
      this.chart?.destroy();
      this.chart = undefined;
      return;
    }
    if (!this.shown || !this.seen) return;
    this.chart ??= new LineChart(host);
    const { series, spread, extent } = this.shown;
    const { axis } = this;
    const range = shownRange(this.zoom, axis, series);
    this.chart.draw(series, {
      unit: this.info.unit,
      axis,
      spread,
      ...(this.info.limit !== undefined && { limit: this.info.limit }),
      ...(extent && { extent }),
      ...(!this.small && { marks: this.feed.source.marks() }),
      logAxis: this.settings.logAxis && this.info.section === 'training',
      smoothing: this.smoothing,
      start: this.feed.source.start(),
      range,
      height: this.small ? 110 : 190,
      onRange: (chosen) => {
        this.onZoom(chosen && zoomTo(axis, chosen, series));
      },
      onCursor: (values, place) => {
        if (!values && !this.cursor) return;
        this.cursor = values && place !== null ? { values, place } : undefined;
      },
    });
  }
}
