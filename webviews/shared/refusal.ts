import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { messageOf } from './host';
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

/** Waits for what the user asked for. `refuse` gets why it failed, and at the beginning `undefined`, as nothing has yet. */
export async function tried<T>(
  work: Promise<T>,
  refuse: (text: string | undefined) => void,
): Promise<T | undefined> {
  refuse(undefined);
  try {
    return await work;
  } catch (error) {
    refuse(messageOf(error));
    return undefined;
  }
}
