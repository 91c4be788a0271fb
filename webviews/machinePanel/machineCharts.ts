import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ChartInfo, SavedMetrics } from '../../src/protocol/runPanel';
import { ChartFeed } from '../shared/chartFeed';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import '../shared/metricChart';
import { clockText } from '../shared/times';
import type { Zoom } from '../shared/zoom';
import { machine, machineCharts } from './machineModel';

const sections = [
  ['gpu', 'GPU curves'],
  ['host', 'Host'],
] as const;

/** The curves of the last hour; cursor and zoom are shared by them. */
@customElement('machine-charts')
export class MachineCharts extends LightElement {
  @state() private zoom: Zoom | null = null;
  private feed!: ChartFeed;

  override connectedCallback(): void {
    super.connectedCallback();
    this.feed = new ChartFeed(machineCharts, () => {
      this.requestUpdate();
    });
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && this.zoom) this.showAll();
    };
    document.addEventListener('keydown', onKey);
    this.atEnd(() => {
      this.feed.dispose();
      document.removeEventListener('keydown', onKey);
    });
  }

  protected override render(): TemplateResult | typeof nothing {
    const { view, problem } = this.feed;
    if (problem !== undefined)
      return html`<p class="problem" role="alert">The curves can’t be read: ${problem}</p>`;
    if (!view || view.charts.length === 0) return nothing;
    return html`${this.toolbar()}
    ${sections.map(([section, title]) =>
      this.section(
        title,
        view.charts.filter((chart) => chart.section === section),
      ),
    )}`;
  }

  private toolbar(): TemplateResult {
    const { table } = machine.saved;
    return html`<div class="toolbar" role="toolbar" aria-label="Charts">
      <span class="muted">The last hour</span>
      <vscode-checkbox
        label="Table"
        .checked=${table}
        @change=${() => {
          machine.keep({ table: !table });
          this.requestUpdate();
        }}
      ></vscode-checkbox>
      ${
        this.zoom
          ? html`<button class="chip zoom" @click=${this.showAll}>
              ${icon('zoom-out')} ${clockText(this.zoom.range[0])} – ${clockText(this.zoom.range[1])}, show
              all
            </button>`
          : nothing
      }
    </div>`;
  }

  private section(title: string, charts: readonly ChartInfo[]): TemplateResult | typeof nothing {
    if (charts.length === 0) return nothing;
    const settings: SavedMetrics = {
      node: null,
      table: machine.saved.table,
      logAxis: false,
      smoothing: 0,
      axis: 'time',
    };
    return html`<section class="section" aria-label=${title}>
      <div class="section-title"><h2>${title}</h2></div>
      <div class="cards cards-large">
        ${repeat(
          charts,
          ({ id }) => id,
          (info) =>
            html`<metric-chart
              .info=${info}
              .feed=${this.feed}
              .settings=${settings}
              .zoom=${this.zoom}
              .onZoom=${this.zoomTo}
            ></metric-chart>`,
        )}
      </div>
    </section>`;
  }

  private readonly zoomTo = (zoom: Zoom | null): void => {
    this.zoom = zoom;
  };

  private readonly showAll = (): void => {
    this.zoom = null;
  };
}
