import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { readLog } from '../../src/protocol/runPanel';
import { plainView } from '../../src/protocol/runLog';
import type { LogRow } from '../../src/protocol/runLog';
import { ask } from '../shared/host';
import { LightElement } from '../shared/lightElement';
import { oneAtATime } from '../shared/oneAtATime';
import { gutter, spans } from './logLine';
import { messageOf, run } from './runModel';

const lines = 12;

/** The newest lines of the log, live. */
@customElement('log-tail')
export class LogTail extends LightElement {
  @state() private rows: readonly LogRow[] | undefined;
  @state() private problem: string | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(run.logGrew, this.load);
    this.load();
  }

  protected override render(): TemplateResult {
    if (this.problem !== undefined) {
      return html`<p class="problem" role="alert">The log can’t be read: ${this.problem}</p>`;
    }
    if (this.rows?.length === 0) {
      return html`<p class="empty">${run.job?.ended ? 'The job wrote nothing.' : 'Nothing written yet.'}</p>`;
    }
    const several = (run.job?.nodes.length ?? 1) > 1;
    return html`<div class="tail log-text" role="group" aria-label="Last lines of the log">
      ${(this.rows ?? []).map(
        (row) =>
          html`<div class="row">
            ${gutter(row, several)}<span class="row-text">${spans(row.spans)}</span>
          </div>`,
      )}
    </div>`;
  }

  private readonly load = oneAtATime(
    async () => {
      try {
        this.rows = (await ask(readLog, { view: plainView, from: -lines, count: lines })).rows;
        this.problem = undefined;
      } catch (error) {
        this.problem = messageOf(error);
      }
    },
    () => this.isConnected,
  );
}
