import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { SavedLog } from '../../src/protocol/runPanel';
import type { LogExtent, LogView } from '../../src/protocol/runLog';
import { icon } from '../shared/icon';
import '../shared/menuButton';
import type { MenuItem } from '../shared/menuButton';
import { logFilters } from './logFilters';
import { nodeChoice } from './nodeChoice';
import { run } from './runModel';

const whole = new Intl.NumberFormat();

export interface LogToolbarActions {
  readonly look: (part: Partial<LogView>) => void;
  readonly keep: (part: Partial<SavedLog>) => void;
  readonly find: () => void;
  readonly start: () => void;
  readonly end: () => void;
  readonly menu: readonly MenuItem[];
}

/** What chooses the log's lines, tells how many there are, and leads through them. */
export function logToolbar(
  { view, follow }: SavedLog,
  extent: LogExtent | undefined,
  { look, keep, find, start, end, menu }: LogToolbarActions,
): TemplateResult {
  return html`<div class="toolbar" role="toolbar" aria-label="Log">
    ${nodeChoice(run.job?.nodes ?? [], view.node, (node) => {
      look({ node });
    })}
    ${logFilters(view, extent, look)}
    <vscode-checkbox
      label="Telemetry Lines"
      title="Show lines that start with ##trainyard"
      .checked=${view.telemetry}
      @change=${() => {
        look({ telemetry: !view.telemetry });
      }}
    ></vscode-checkbox>
    <span class="spring"></span>
    <div class="log-actions">
      <span class="muted count">${countText(extent)}</span>
      ${button('search', 'Search (/)', find)} ${button('arrow-up', 'Go to Start (g)', start)}
      ${button('arrow-down', 'Go to End (G)', end)}
      ${
        extent?.ended
          ? nothing
          : html`<button
              class="chip"
              title="Keep the newest line in sight (f)"
              aria-pressed=${follow ? 'true' : 'false'}
              @click=${() => {
                keep({ follow: !follow });
              }}
            >
              ${icon('fold-down')} Follow
            </button>`
      }
      <menu-button label="More Log Actions…" .items=${menu}></menu-button>
    </div>
  </div>`;
}

function button(name: string, label: string, click: () => void): TemplateResult {
  return html`<button class="icon-button" title=${label} aria-label=${label} @click=${click}>
    ${icon(name)}
  </button>`;
}

function countText(extent: LogExtent | undefined): string {
  if (!extent) return '';
  const { rows, reading } = extent;
  return `${whole.format(rows)} ${rows === 1 ? 'line' : 'lines'}${reading ? ', reading…' : ''}`;
}
