import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { icon } from './icon';
import { LightElement } from './lightElement';

export interface MenuItem {
  readonly label: string;
  readonly run: () => void;
}

/** An icon button with a menu, by the rules of ARIA's menu button: arrows move, Escape closes, focus comes back. */
@customElement('menu-button')
export class MenuButton extends LightElement {
  @property({ attribute: false }) items: readonly MenuItem[] = [];
  @property() label = '';
  @state() private open = false;

  override connectedCallback(): void {
    super.connectedCallback();
    const away = (event: Event) => {
      if (!event.composedPath().includes(this)) this.open = false;
    };
    document.addEventListener('pointerdown', away);
    this.addEventListener('focusout', this.onFocusOut);
    this.atEnd(() => {
      document.removeEventListener('pointerdown', away);
      this.removeEventListener('focusout', this.onFocusOut);
    });
  }

  protected override render(): TemplateResult {
    return html`
      <button
        class="icon-button"
        aria-label=${this.label}
        title=${this.label}
        aria-haspopup="menu"
        aria-expanded=${this.open ? 'true' : 'false'}
        @click=${this.toggle}
      >
        ${icon('ellipsis')}
      </button>
      ${
        this.open
          ? html`<div class="menu" role="menu" aria-label=${this.label} @keydown=${this.onKey}>
              ${this.items.map(
                (item) =>
                  html`<button
                    class="menu-item"
                    role="menuitem"
                    tabindex="-1"
                    @click=${() => {
                      this.choose(item);
                    }}
                  >
                    ${item.label}
                  </button>`,
              )}
            </div>`
          : nothing
      }
    `;
  }

  private readonly toggle = (): void => {
    this.open = !this.open;
    if (this.open)
      void this.updateComplete.then(() => {
        this.entries()[0]?.focus();
      });
  };

  private choose(item: MenuItem): void {
    this.close();
    item.run();
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const entries = this.entries();
    const now = entries.findIndex((entry) => entry === document.activeElement);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: now + 1,
      ArrowUp: now - 1,
      Home: 0,
      End: entries.length - 1,
    };
    if (event.key === 'Escape') this.close();
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    entries[(to + entries.length) % entries.length]?.focus();
  };

  private readonly onFocusOut = (event: FocusEvent): void => {
    if (event.relatedTarget instanceof Node && !this.contains(event.relatedTarget)) this.open = false;
  };

  private close(): void {
    this.open = false;
    this.querySelector<HTMLElement>('.icon-button')?.focus();
  }

  private entries(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>('[role="menuitem"]')];
  }
}
