import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { LightElement } from './lightElement';

export interface Tab {
  readonly id: string;
  readonly title: string;
}

/** Tabs over the element `content`, by the rules of ARIA: arrows move and choose, only the chosen one is in the tab order. */
@customElement('tab-list')
export class TabList extends LightElement {
  @property({ attribute: false }) tabs: readonly Tab[] = [];
  @property({ attribute: false }) chosen = '';
  @property() label = '';
  @property({ attribute: false }) onChoose: (id: string) => void = () => undefined;

  protected override render(): TemplateResult {
    return html`<div class="tabs" role="tablist" aria-label=${this.label} @keydown=${this.onKey}>
      ${this.tabs.map(
        ({ id, title }) =>
          html`<button
            class="tab"
            id="tab-${id}"
            role="tab"
            aria-selected=${id === this.chosen ? 'true' : 'false'}
            aria-controls="content"
            tabindex=${id === this.chosen ? 0 : -1}
            @click=${() => {
              this.onChoose(id);
            }}
          >
            ${title}
          </button>`,
      )}
    </div>`;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const now = this.tabs.findIndex(({ id }) => id === this.chosen);
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: now - 1,
      ArrowRight: now + 1,
      Home: 0,
      End: this.tabs.length - 1,
    };
    const to = moves[event.key];
    const tab = to === undefined ? undefined : this.tabs[(to + this.tabs.length) % this.tabs.length];
    if (!tab) return;
    event.preventDefault();
    this.onChoose(tab.id);
    this.querySelector<HTMLElement>(`#tab-${tab.id}`)?.focus();
  };
}
