import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { searchLog } from '../../src/protocol/runPanel';
import { type LogView, type SearchHit, type SearchState } from '../../src/protocol/runLog';
import { ask } from '../shared/host';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import { messageOf, run } from './runModel';

type Query = NonNullable<(typeof run.saved.log)['query']>;

const whole = new Intl.NumberFormat();
/** After the last key, in milliseconds: a search is begun for what was typed, not for each letter. */
const typingPause = 120;
const longest = 1000;

/** The bar that searches the log: all of it, in the background. */
@customElement('log-find')
export class LogFind extends LightElement {
  @property({ attribute: false }) view!: LogView;
  /** The match that is shown now. */
  @property({ attribute: false }) hit: SearchHit | undefined;
  @property({ attribute: false }) onBegun: (searching: boolean) => void = () => undefined;
  @property({ attribute: false }) onStep: (back: boolean) => void = () => undefined;
  @property({ attribute: false }) onClose: () => void = () => undefined;
  @query('.find-input') private input!: HTMLInputElement;
  @state() private found: SearchState | undefined;
  private typing: ReturnType<typeof setTimeout> | undefined;
  private asked = '';

  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(run.searchMoved, (found) => {
      this.found = found;
    });
    this.atEnd(() => {
      clearTimeout(this.typing);
      void ask(searchLog, { view: this.view, query: null });
    });
  }

  focusInput(): void {
    this.input.focus();
    this.input.select();
  }

  protected override firstUpdated(): void {
    this.focusInput();
    void this.begin();
  }

  protected override updated(): void {
    // Another node's log: the same search in it.
    if (this.asked !== '' && this.asked !== this.key()) void this.begin();
  }

  protected override render(): TemplateResult {
    const { regex, caseSensitive, text } = this.wanted();
    const none = this.found?.hits === 0 && this.found.done && text !== '';
    return html`<div class="find" role="search" aria-label="Search the log" @keydown=${this.onKey}>
      <div class="find-box ${this.found?.problem === undefined ? '' : 'find-wrong'}">
        <input
          class="find-input"
          type="text"
          maxlength=${longest}
          placeholder="Search all lines"
          aria-label="Search all lines"
          aria-describedby="find-result"
          spellcheck="false"
          .value=${text}
          @input=${this.onInput}
        />
        ${this.toggle('case-sensitive', 'Match Case', caseSensitive, () => {
          this.change({ caseSensitive: !caseSensitive });
        })}
        ${this.toggle('regex', 'Use Regular Expression', regex, () => {
          this.change({ regex: !regex });
        })}
      </div>
      <span id="find-result" class="find-result ${none ? 'find-none' : ''}" role="status"
        >${this.result()}</span
      >
      ${this.button('arrow-up', 'Previous Match (Shift+Enter)', () => {
        this.onStep(true);
      })}
      ${this.button('arrow-down', 'Next Match (Enter)', () => {
        this.onStep(false);
      })}
      ${this.button('close', 'Close (Escape)', this.onClose)}
    </div>`;
  }

  private result(): string | typeof nothing {
    const { found, hit } = this;
    if (!found || this.wanted().text === '') return nothing;
    if (found.problem !== undefined) return found.problem;
    const share = found.done ? '' : ` · ${Math.floor(found.share * 100)} %`;
    if (found.hits === 0) return found.done ? 'No matches' : `Searching${share}`;
    const count = `${whole.format(found.hits)}${found.more ? '+' : ''} ${found.hits === 1 ? 'line' : 'lines'}`;
    if (hit) return `${whole.format(hit.index + 1)} of ${whole.format(hit.count)}${share}`;
    return `${count}${share}`;
  }

  private toggle(name: string, label: string, on: boolean, click: () => void): TemplateResult {
    return html`<button
      class="icon-button find-toggle"
      title=${label}
      aria-label=${label}
      aria-pressed=${on ? 'true' : 'false'}
      @click=${click}
    >
      ${icon(name)}
    </button>`;
  }

  private button(name: string, label: string, click: () => void): TemplateResult {
    return html`<button class="icon-button" title=${label} aria-label=${label} @click=${click}>
      ${icon(name)}
    </button>`;
  }

  private wanted(): Query {
    return run.saved.log.query ?? { text: '', regex: false, caseSensitive: false };
  }

  private change(part: Partial<Query>): void {
    run.keep({ log: { ...run.saved.log, query: { ...this.wanted(), ...part } } });
    this.requestUpdate();
    clearTimeout(this.typing);
    this.typing = setTimeout(() => void this.begin(), part.text === undefined ? 0 : typingPause);
  }

  private async begin(): Promise<void> {
    const query = this.wanted();
    const key = this.key();
    this.asked = key;
    try {
      const found = await ask(searchLog, { view: this.view, query: query.text === '' ? null : query });
      if (this.asked === key) this.found = found;
    } catch (error) {
      if (this.asked === key)
        this.found = { hits: 0, more: false, share: 1, done: true, problem: messageOf(error) };
    }
    if (this.asked === key) this.onBegun(query.text !== '');
  }

  /** What decides what is found: the query and the node that is searched. */
  private key(): string {
    return JSON.stringify([this.wanted(), this.view.node]);
  }

  private readonly onInput = (): void => {
    this.change({ text: this.input.value });
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    const own = event.target === this.input;
    if (event.key === 'Escape') this.onClose();
    else if (event.key === 'Enter' && own) this.onStep(event.shiftKey);
    else if (event.altKey && event.key === 'c') this.change({ caseSensitive: !this.wanted().caseSensitive });
    else if (event.altKey && event.key === 'r') this.change({ regex: !this.wanted().regex });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}
