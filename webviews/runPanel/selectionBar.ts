import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { LogRow } from '../../src/protocol/runLog';
import { icon } from '../shared/icon';
import { clockText } from '../shared/times';

const whole = new Intl.NumberFormat();

export interface SelectionActions {
  readonly copy: () => void;
  readonly open: () => void;
  readonly clear: () => void;
}

/** What can be done with the rows that are chosen. */
export function selectionBar(
  { from, to }: { readonly from: number; readonly to: number },
  rowAt: (index: number) => LogRow | undefined,
  { copy, open, clear }: SelectionActions,
): TemplateResult {
  const count = to - from;
  const row = count === 1 ? rowAt(from) : undefined;
  const text = row
    ? `Node ${row.node}, line ${whole.format(row.number + 1)}${row.t === undefined ? '' : `, ${clockText(row.t)}`}`
    : `${whole.format(count)} ${count === 1 ? 'line' : 'lines'} selected`;
  return html`<div class="selection-bar" role="group" aria-label="Selected lines">
    <span role="status">${text}</span>
    <vscode-button secondary @click=${copy}>Copy</vscode-button>
    <vscode-button secondary @click=${open}>Open in Editor</vscode-button>
    <button class="icon-button" title="Clear Selection (Escape)" aria-label="Clear Selection" @click=${clear}>
      ${icon('close')}
    </button>
  </div>`;
}
