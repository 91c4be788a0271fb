import { html } from 'lit';
import type { TemplateResult } from 'lit';

/** How much curves are smoothed: 0, as measured, to 0.99. */
export function smoothingControl(value: number, change: (value: number) => void): TemplateResult {
  return html`<label class="smoothing"
    >Smoothing
    <input
      type="range"
      min="0"
      max="0.99"
      step="0.01"
      .value=${String(value)}
      @input=${(event: Event) => {
        change(Number((event.target as HTMLInputElement).value));
      }}
    />
    <span class="smoothing-value">${value.toFixed(2)}</span></label
  >`;
}
