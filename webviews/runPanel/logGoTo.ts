import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';

/** The bar that asks for a line or a time to go to. */
@customElement('log-go-to')
export class LogGoTo extends LightElement {
  /** Goes to what was typed, or returns why it can't. */
  @property({ attribute: false }) onGo: (text: string) => string | undefined = () => undefined;
  @property({ attribute: false }) onClose: () => void = () => undefined;
  @query('input') private input!: HTMLInputElement;
  @state() private problem: string | undefined;

  protected override firstUpdated(): void {
    this.input.focus();
  }

  protected override render(): TemplateResult {
    return html`<div class="find" @keydown=${this.onKey}>
      <div class="find-box ${this.problem === undefined ? '' : 'find-wrong'}">
        <input
          class="find-input"
          type="text"
          placeholder="Line or time, such as 1204 or 21:04:10"
          aria-label="Go to line or time"
          aria-describedby="goto-result"
          spellcheck="false"
        />
      </div>
      <span id="goto-result" class="find-result" role="status">${this.problem ?? ''}</span>
      <button class="icon-button" title="Close (Escape)" aria-label="Close" @click=${this.onClose}>
        ${icon('close')}
      </button>
    </div>`;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') this.problem = this.onGo(this.input.value);
    else if (event.key === 'Escape') this.onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}
