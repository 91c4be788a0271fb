import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import type { LineId, LogExtent, SavedLog } from '../../src/protocol/runPanel';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import './logList';
import type { LogList } from './logList';
import { nodeChoice } from './nodeChoice';
import { run } from './runModel';
import './wholeLine';

const whole = new Intl.NumberFormat();

/** The log, with what chooses its lines. */
@customElement('logs-tab')
export class LogsTab extends LightElement {
  @query('log-list') private list!: LogList;
  @state() private whole: LineId | undefined;
  @state() private extent: LogExtent | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(run.changed, () => {
      this.requestUpdate();
    });
    this.listen(run.lineWanted, (line) => void this.show(line));
  }

  protected override firstUpdated(): void {
    const line = run.takeWantedLine();
    if (line) void this.show(line);
  }

  protected override render(): TemplateResult {
    const { view, follow } = run.saved.log;
    const ended = this.extent?.ended ?? false;
    return html`
      <div class="toolbar" role="toolbar" aria-label="Log">
        ${nodeChoice(run.job?.nodes ?? [], view.node, (node) => {
          this.keep({ view: { ...view, node } });
        })}
        <vscode-checkbox
          label="Telemetry Lines"
          title="Show lines that start with ##trainyard"
          .checked=${view.telemetry}
          @change=${() => {
            this.keep({ view: { ...view, telemetry: !view.telemetry } });
          }}
        ></vscode-checkbox>
        <span class="spring"></span>
        <span class="muted count">${this.countText()}</span>
        <button
          class="icon-button"
          title="Go to Start (g)"
          aria-label="Go to Start"
          @click=${() => {
            this.list.toStart();
          }}
        >
          ${icon('arrow-up')}
        </button>
        <button
          class="icon-button"
          title="Go to End (G)"
          aria-label="Go to End"
          @click=${() => {
            this.list.toEnd();
          }}
        >
          ${icon('arrow-down')}
        </button>
        ${
          ended
            ? nothing
            : html`<button
                class="chip"
                title="Keep the newest line in sight (f)"
                aria-pressed=${follow ? 'true' : 'false'}
                @click=${() => {
                  this.keep({ follow: !follow });
                }}
              >
                ${icon('fold-down')} Follow
              </button>`
        }
      </div>
      <log-list
        .view=${view}
        .follow=${follow}
        .onFollow=${this.onFollow}
        .onExtent=${this.onExtent}
        .onWhole=${this.onWhole}
      ></log-list>
      ${this.whole ? html`<whole-line .line=${this.whole} .onClose=${this.onClose}></whole-line>` : nothing}
    `;
  }

  private countText(): string {
    if (!this.extent) return '';
    const { rows, reading } = this.extent;
    return `${whole.format(rows)} ${rows === 1 ? 'line' : 'lines'}${reading ? ', reading…' : ''}`;
  }

  private async show(line: LineId): Promise<void> {
    await this.updateComplete;
    await this.list.updateComplete;
    await this.list.show(line);
  }

  private readonly onFollow = (follow: boolean): void => {
    if (run.saved.log.follow !== follow) this.keep({ follow });
  };

  private readonly onExtent = (extent: LogExtent): void => {
    this.extent = extent;
  };

  private readonly onWhole = ({ node, number }: LineId): void => {
    this.whole = { node, number };
  };

  private readonly onClose = (): void => {
    this.whole = undefined;
    this.querySelector<HTMLElement>('.log-scroll')?.focus();
  };

  private keep(part: Partial<SavedLog>): void {
    run.keep({ log: { ...run.saved.log, ...part } });
    this.requestUpdate();
  }
}
