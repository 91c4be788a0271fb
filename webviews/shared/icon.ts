import { html } from 'lit';
import type { TemplateResult } from 'lit';

/** A codicon. Without a `label` it is decoration: the words beside it say the same. */
export function icon(name: string, label?: string, spin = false): TemplateResult {
  const classes = `codicon codicon-${name}${spin ? ' codicon-modifier-spin' : ''}`;
  if (label === undefined) return html`<span class=${classes} aria-hidden="true"></span>`;
  return html`<span class=${classes} role="img" aria-label=${label} title=${label}></span>`;
}
