import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { readOverlay } from '../../src/protocol/comparePanel';
import type { OverlayAxis, OverlayChart, OverlaySeries, SavedCharts } from '../../src/protocol/comparePanel';
import type { SeriesData } from '../../src/protocol/runPanel';
import { ask, messageOf } from '../shared/host';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import { LineChart } from '../shared/lineChart';
import { oneAtATime } from '../shared/oneAtATime';
import { quantityText } from '../shared/quantity';
import { markOf, themeChanged } from '../shared/theme';
import { compare } from './compareModel';

export interface OverlaidRun {
  readonly id: string;
  readonly label: string;
  /** The same in each chart and in the table. */
  readonly colour: number;
}

/** One metric of several runs. It asks for data only while it is in sight. */
@customElement('overlay-chart')
export class OverlayChartElement extends LightElement {
  @property({ attribute: false }) chart!: OverlayChart;
  @property({ attribute: false }) runs: readonly OverlaidRun[] = [];
  @property({ attribute: false }) settings!: SavedCharts;
  /** What the curves stand side by side on; only where all runs have it. */
  @property({ attribute: false }) axis: OverlayAxis = 'time';
  @property({ attribute: false }) range: readonly [number, number] | null = null;
  @property({ attribute: false }) onRange: (range: readonly [number, number] | null) => void = () =>
    undefined;
  @state() private data: readonly OverlaySeries[] | undefined;
  @state() private problem: string | undefined;
  @state() private cursor: readonly (number | null)[] | undefined;
  private plot: LineChart | undefined;
  private seen = false;
  private asked = '';
  private readonly load = oneAtATime(
    () => this.read(),
    () => this.isConnected && this.seen,
  );

  override connectedCallback(): void {
    super.connectedCallback();
    const sight = new IntersectionObserver(([entry]) => {
      this.seen = entry?.isIntersecting ?? false;
      if (this.seen) this.load();
    });
    sight.observe(this);
    const size = new ResizeObserver(() => {
      this.plot?.resize();
    });
    size.observe(this);
    this.listen(compare.overlayGrew, () => {
      this.load();
    });
    this.listen(themeChanged, () => {
      this.plot?.destroy();
      this.draw();
    });
    this.atEnd(() => {
      sight.disconnect();
      size.disconnect();
      this.plot?.destroy();
      this.plot = undefined;
    });
  }

  protected override render(): TemplateResult {
    const { id } = this.chart;
    const series = this.series();
    const what = `${id}, ${series.map(({ label, last }) => `${label} ${quantityText(last, '')}`).join(', ') || 'no data yet'}`;
    return html`
      <figure class="chart" aria-label=${what}>
        <figcaption class="chart-title">
          <span class="chart-name" title=${id}>${id}</span>
          <span class="chart-count">${this.missing()}</span>
        </figcaption>
        ${this.problem === undefined ? nothing : html`<p class="chart-problem" role="alert">${icon('error')} ${this.problem}</p>`}
        <div class="plot" role="img" aria-label=${what}></div>
        <ul class="legend">
          ${series.map(({ label, colour, last }, index) => {
            const value = this.cursor ? this.cursor[index] : last;
            return html`<li class="legend-line" title=${label}>
              <span class="legend-mark ${markOf(colour)}" aria-hidden="true"></span>
              <span class="legend-label">${label}</span>
              <span class="legend-value"
                >${value === null || value === undefined ? '–' : quantityText(value, '')}</span
              >
            </li>`;
          })}
        </ul>
      </figure>
    `;
  }

  protected override updated(changed: PropertyValues): void {
    // The cursor moves with every movement of the mouse, and nothing has to be drawn for it.
    if (changed.size === 1 && changed.has('cursor')) return;
    const asked = JSON.stringify([this.chart.id, this.runs.map(({ id }) => id), this.range, this.axis]);
    if (asked !== this.asked) {
      this.asked = asked;
      this.load();
    }
    this.draw();
  }

  private missing(): string {
    const none = this.runs.length - this.chart.runs;
    return none > 0 ? `${this.chart.runs} of ${this.runs.length} runs` : '';
  }

  private async read(): Promise<void> {
    const columns = Math.round(this.clientWidth);
    if (columns === 0) return;
    const runs = this.runs.map(({ id }) => id);
    const { axis } = this;
    const zero = zeroOf(axis);
    const range = this.range && ([this.range[0] - zero, this.range[1] - zero] as const);
    try {
      this.data = await ask(readOverlay, { metric: this.chart.id, runs, axis, range, columns });
      this.problem = undefined;
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  private series(): readonly SeriesData[] {
    const zero = zeroOf(this.axis);
    return (this.data ?? []).flatMap(({ run, last, x, value }) => {
      const known = this.runs.find(({ id }) => id === run);
      if (!known) return [];
      const { label, colour } = known;
      return [{ label, colour, last, t: x.map((place) => place + zero), step: x, value }];
    });
  }

  private draw(): void {
    const host = this.querySelector<HTMLElement>('.plot');
    const series = this.series();
    if (!host || !this.seen || series.length === 0) return;
    this.plot ??= new LineChart(host);
    this.plot.draw(series, {
      unit: '',
      axis: this.axis,
      logAxis: this.settings.logAxis,
      smoothing: this.settings.smoothing,
      start: elapsedZero,
      range: this.range,
      height: 190,
      onRange: (range) => {
        this.onRange(range);
      },
      onCursor: (values) => {
        this.cursor = values ?? undefined;
      },
    });
  }
}

/** A midnight: a chart's clock times after it read as hours, minutes and seconds since the start. */
const elapsedZero = new Date(2001, 0, 1).getTime();

function zeroOf(axis: OverlayAxis): number {
  return axis === 'time' ? elapsedZero : 0;
}
