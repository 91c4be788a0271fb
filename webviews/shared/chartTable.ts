import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { SeriesData } from '../../src/protocol/runPanel';
import { aligned } from './curves';
import { LightElement } from './lightElement';
import { plainText, quantityText } from './quantity';
import { clockText, exactText } from './times';

/** Newest rows shown; the CLI's `metrics` prints all. */
const shown = 100;

/** What a chart draws, as a table: for screen readers, and for those who want the numbers. */
@customElement('chart-table')
export class ChartTable extends LightElement {
  @property({ attribute: false }) series: readonly SeriesData[] = [];
  @property({ attribute: false }) unit = '';

  protected override render(): TemplateResult {
    const [times, ...columns] = aligned(this.series);
    const rows = Array.from({ length: Math.min(shown, times.length) }, (_, i) => times.length - 1 - i);
    const steps = stepsByTime(this.series);
    return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Values, newest first">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            ${steps.size > 0 ? html`<th scope="col" class="number">Step</th>` : ''}
            ${this.series.map(({ label }) => html`<th scope="col" class="number cut" title=${label}>${label}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map((row) => {
            const t = times[row] ?? 0;
            return html`<tr>
              <th scope="row" title=${exactText(t)}>${clockText(t)}</th>
              ${steps.size > 0 ? html`<td class="number">${plainStep(steps.get(t))}</td>` : ''}
              ${columns.map((column) => html`<td class="number">${this.cell(column[row])}</td>`)}
            </tr>`;
          })}
        </tbody>
      </table>
    </div>`;
  }

  private cell(value: number | null | undefined): string {
    return value === null || value === undefined ? '' : quantityText(value, this.unit);
  }
}

function stepsByTime(series: readonly SeriesData[]): Map<number, number> {
  const steps = new Map<number, number>();
  for (const { t, step } of series) {
    for (let i = Math.max(0, t.length - shown); i < t.length; i++) {
      const value = step[i];
      if (value !== undefined && !Number.isNaN(value)) steps.set(t[i] ?? 0, value);
    }
  }
  return steps;
}

function plainStep(step: number | undefined): string {
  return step === undefined ? '' : plainText(step);
}
