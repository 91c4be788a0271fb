import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { openLog, readLine } from '../../src/protocol/runPanel';
import type { LineId, WholeLine } from '../../src/protocol/runLog';
import { ask } from '../shared/host';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import { spans } from './logLine';
import { messageOf, run } from './runModel';

/** A line that is longer than a row can show, wrapped, below the log. */
@customElement('whole-line')
export class WholeLinePane extends LightElement {
  @property({ attribute: false }) line!: LineId;
  @property({ attribute: false }) onClose: () => void = () => undefined;
  @state() private whole: WholeLine | undefined;
  @state() private problem: string | undefined;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('line')) void this.load();
  }

  protected override render(): TemplateResult {
    const { node, number } = this.line;
    const title = `Node ${node}, line ${number + 1}`;
    return html`<section class="whole-line" aria-label=${title} @keydown=${this.onKey}>
      <div class="section-title">
        <h2>${title}</h2>
        <vscode-button secondary @click=${() => run.tried(ask(openLog, this.line))}
          >Open in Editor</vscode-button
        >
        <button class="icon-button" aria-label="Close" title="Close (Escape)" @click=${this.onClose}>
          ${icon('close')}
        </button>
      </div>
      ${this.content()}
    </section>`;
  }

  private content(): TemplateResult {
    if (this.problem !== undefined) {
      return html`<p class="problem" role="alert">This line can’t be read: ${this.problem}</p>`;
    }
    if (!this.whole) return html`<p class="empty" role="status">Reading the line…</p>`;
    return html`<div class="whole-text log-text" tabindex="0">
      <span>${spans(this.whole.spans)}</span>${
        this.whole.truncated
          ? html`<p class="empty">It goes on: open it in an editor to see the rest.</p>`
          : ''
      }
    </div>`;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') this.onClose();
  };

  private async load(): Promise<void> {
    const { line } = this;
    this.whole = undefined;
    this.problem = undefined;
    try {
      const whole = await ask(readLine, line);
      if (line === this.line) this.whole = whole;
    } catch (error) {
      this.problem = messageOf(error);
    }
  }
}
