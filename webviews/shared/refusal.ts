import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { icon } from './icon';

/** Why the last thing that the user asked for was not done. */
export function refusal(text: string | undefined, dismiss: () => void): TemplateResult | typeof nothing {
  if (text === undefined) return nothing;
  return html`<div class="refusal" role="alert">
    ${icon('error')}<span>${text}</span>
    <button class="icon-button" aria-label="Dismiss" title="Dismiss" @click=${dismiss}>
      ${icon('close')}
    </button>
  </div>`;
}
