import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { ChartsElement } from './chartsElement';
import './diagnosisCard';
import './failureCard';
import './logTail';
import { metricsHelp } from './metricsHelp';
import '../shared/metricChart';
import './nodeTable';
import { run } from './runModel';
import './timelineStrip';

/** Whether it goes well, at a glance. */
@customElement('overview-tab')
export class OverviewTab extends ChartsElement {
  protected override render(): TemplateResult | typeof nothing {
    const { job } = run;
    if (!job) return nothing;
    return html`
      ${job.state === 'failed' ? html`<failure-card></failure-card>` : nothing}
      ${job.state === 'stopped' && job.reason ? html`<p class="notice">${job.reason}</p>` : nothing}
      ${this.charts()}
      <diagnosis-card></diagnosis-card>
      <timeline-strip></timeline-strip>
      <div class="columns">
        <section class="section" aria-labelledby="tail-title">
          <div class="section-title">
            <h2 id="tail-title">Log</h2>
            <vscode-button
              secondary
              @click=${() => {
                run.showTab('logs');
              }}
              >Open Logs</vscode-button
            >
          </div>
          <log-tail></log-tail>
        </section>
        <section class="section" aria-labelledby="nodes-title">
          <div class="section-title"><h2 id="nodes-title">Nodes</h2></div>
          <node-table></node-table>
        </section>
      </div>
    `;
  }

  private charts(): TemplateResult | typeof nothing {
    const { view, problem } = this.feed;
    if (problem !== undefined)
      return html`<p class="problem" role="alert">Metrics can’t be read: ${problem}</p>`;
    if (!view) return html`<div class="cards cards-waiting" aria-hidden="true"></div>`;
    const charts = view.charts
      .filter(({ overview }) => overview !== undefined)
      .sort((a, b) => (a.overview ?? 0) - (b.overview ?? 0));
    if (charts.length === 0) return metricsHelp();
    return html`<div class="cards">
      ${charts.map(
        (info) =>
          html`<metric-chart
            small
            .info=${info}
            .feed=${this.feed}
            .settings=${overviewSettings}
          ></metric-chart>`,
      )}
    </div>`;
  }
}

const overviewSettings = { node: null, table: false, logAxis: false, smoothing: 0, axis: 'time' } as const;
