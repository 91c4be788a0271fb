import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { LogExtent, LogRow } from '../../src/protocol/runLog';
import { gutter, spans } from './logLine';

export interface RowLook {
  /** Whether lines of several nodes are among each other. */
  readonly several: boolean;
  readonly marked: boolean;
  readonly chosen: boolean;
  readonly onClick: (event: MouseEvent) => void;
  /** All of a line is wanted that is shown in part. */
  readonly onWhole: () => void;
}

/** One row of the log; `undefined` while it is being read. */
export function logRow(row: LogRow | undefined, look: RowLook): TemplateResult {
  const chosen = look.chosen ? ' row-chosen' : '';
  if (!row) return html`<div class="row row-waiting${chosen}"></div>`;
  const marked = look.marked ? ' row-marked' : '';
  const telemetry = row.telemetry ? ' row-telemetry' : '';
  return html`<div class="row${marked}${telemetry}${chosen}" @click=${look.onClick}>
    ${gutter(row, look.several)}<span class="row-text">${spans(row.spans, row.matches)}</span>${
      row.truncated ? html`<button class="link row-more" @click=${look.onWhole}>… show all</button>` : nothing
    }
  </div>`;
}

/** In the place of rows where there are none. */
export function emptyText(extent: LogExtent): string {
  if (extent.reading) return 'Reading…';
  if (extent.errors + extent.warnings > 0 || extent.setup) return 'No line passes the filters.';
  return extent.ended ? 'The job wrote nothing.' : 'Nothing written yet.';
}
