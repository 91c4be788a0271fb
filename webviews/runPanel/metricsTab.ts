import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ChartInfo, SavedMetrics } from '../../src/protocol/runPanel';
import { icon } from '../shared/icon';
import { plainText } from '../shared/quantity';
import { clockText } from '../shared/times';
import { smoothingControl } from '../shared/smoothingControl';
import { ChartsElement } from './chartsElement';
import '../shared/metricChart';
import { metricsHelp } from './metricsHelp';
import { nodeChoice } from './nodeChoice';
import { run } from './runModel';
import type { Zoom } from '../shared/zoom';

const sections = [
  ['training', 'Training'],
  ['gpu', 'GPUs'],
  ['host', 'Host'],
] as const;

/** All charts of the job; cursor and zoom are shared by them. */
@customElement('metrics-tab')
export class MetricsTab extends ChartsElement {
  @state() private zoom: Zoom | null = wantedZoom();

  protected override render(): TemplateResult | typeof nothing {
    const { view, problem } = this.feed;
    if (problem !== undefined)
      return html`<p class="problem" role="alert">Metrics can’t be read: ${problem}</p>`;
    if (!view) return html`<p class="empty" role="status">Reading metrics…</p>`;
    const ended = run.job?.ended ?? false;
    if (view.charts.length === 0) return metricsHelp();
    return html`
      ${this.toolbar(view.charts)}
      ${view.notes.map((note) => html`<p class="notice">${icon('info')} ${note}</p>`)}
      ${sections.map(([section, title]) =>
        this.section(
          title,
          view.charts.filter((chart) => chart.section === section),
          section === 'training' ? metricsHelp() : noSamples(section, ended),
        ),
      )}
    `;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Also where no chart has the focus.
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && this.zoom) this.showAll();
    };
    document.addEventListener('keydown', onKey);
    this.atEnd(() => {
      document.removeEventListener('keydown', onKey);
    });
  }

  private toolbar(charts: readonly ChartInfo[]): TemplateResult {
    const { metrics } = run.saved;
    return html`<div class="toolbar" role="toolbar" aria-label="Charts">
      ${nodeChoice(run.job?.nodes ?? [], metrics.node, (node) => {
        this.keep({ node });
      })}
      ${charts.some(({ steps }) => steps) ? this.axisChoice() : nothing}
      ${smoothingControl(metrics.smoothing, (smoothing) => {
        this.keep({ smoothing });
      })}
      <vscode-checkbox
        label="Log Axis"
        .checked=${metrics.logAxis}
        @change=${() => {
          this.keep({ logAxis: !metrics.logAxis });
        }}
      ></vscode-checkbox>
      <vscode-checkbox
        label="Table"
        .checked=${metrics.table}
        @change=${() => {
          this.keep({ table: !metrics.table });
        }}
      ></vscode-checkbox>
      ${
        this.zoom
          ? html`<button class="chip zoom" @click=${this.showAll}>
              ${icon('zoom-out')} ${zoomText(this.zoom)}, show all
            </button>`
          : nothing
      }
    </div>`;
  }

  private axisChoice(): TemplateResult {
    const { axis } = run.saved.metrics;
    const chip = (one: SavedMetrics['axis'], label: string) =>
      html`<button
        class="chip"
        aria-pressed=${axis === one ? 'true' : 'false'}
        @click=${() => {
          this.keep({ axis: one });
        }}
      >
        ${label}
      </button>`;
    return html`<div
      class="chips"
      role="group"
      aria-label="Training curves over"
      title="Training curves over time or steps"
    >
      ${chip('time', 'Time')} ${chip('step', 'Steps')}
    </div>`;
  }

  private section(title: string, charts: readonly ChartInfo[], empty: TemplateResult): TemplateResult {
    return html`<section class="section">
      <div class="section-title"><h2>${title}</h2></div>
      ${
        charts.length === 0
          ? empty
          : html`<div class="cards cards-large">
              ${repeat(
                charts,
                ({ id }) => id,
                (info) =>
                  html`<metric-chart
                    .info=${info}
                    .feed=${this.feed}
                    .settings=${run.saved.metrics}
                    .zoom=${this.zoom}
                    .onZoom=${this.zoomTo}
                  ></metric-chart>`,
              )}
            </div>`
      }
    </section>`;
  }

  private readonly zoomTo = (zoom: Zoom | null): void => {
    this.zoom = zoom;
  };

  private readonly showAll = (): void => {
    this.zoom = null;
  };

  private keep(part: Partial<SavedMetrics>): void {
    run.keep({ metrics: { ...run.saved.metrics, ...part } });
    this.requestUpdate();
  }
}

/** The time that another tab wants to be seen here. */
function wantedZoom(): Zoom | null {
  const range = run.takeWantedTime();
  return range && { axis: 'time', range, time: range };
}

function zoomText({ axis, range: [from, to] }: Zoom): string {
  if (axis === 'time') return `${clockText(from)} – ${clockText(to)}`;
  return `steps ${plainText(Math.round(from))} – ${plainText(Math.round(to))}`;
}

function noSamples(section: 'gpu' | 'host', ended: boolean): TemplateResult {
  return section === 'gpu'
    ? html`<p class="empty">No GPU was seen: <code>nvidia-smi</code> is not there, or lists none.</p>`
    : html`<p class="empty">
        ${ended ? 'The job ended before CPU and memory were sampled.' : 'No samples of CPU and memory yet.'}
      </p>`;
}
