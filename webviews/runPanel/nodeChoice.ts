import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { NodeView } from '../../src/protocol/runPanel';
import { toneOf } from '../shared/theme';

/** Up to so many nodes have a chip each; more are a list. */
const mostChips = 8;

/** All nodes, or one of them. Nothing, where there is only one. */
export function nodeChoice(
  nodes: readonly NodeView[],
  chosen: number | null,
  choose: (node: number | null) => void,
): TemplateResult | typeof nothing {
  if (nodes.length < 2) return nothing;
  if (nodes.length > mostChips) {
    return html`<label class="node-list"
      >Node
      <select
        class="select"
        @change=${(event: Event) => {
          const { value } = event.target as HTMLSelectElement;
          choose(value === '' ? null : Number(value));
        }}
      >
        <option value="" ?selected=${chosen === null}>All ${nodes.length}</option>
        ${nodes.map(({ rank }) => html`<option value=${rank} ?selected=${chosen === rank}>${rank}</option>`)}
      </select></label
    >`;
  }
  const chip = (node: number | null, label: string) =>
    html`<button
      class="chip"
      aria-pressed=${chosen === node ? 'true' : 'false'}
      @click=${() => {
        choose(node);
      }}
    >
      ${node === null ? nothing : html`<span class="node-mark ${toneOf(node)}" aria-hidden="true"></span>`}${label}
    </button>`;
  return html`<div class="chips" role="group" aria-label="Nodes">
    ${chip(null, 'All nodes')} ${nodes.map(({ rank }) => chip(rank, `Node ${rank}`))}
  </div>`;
}
