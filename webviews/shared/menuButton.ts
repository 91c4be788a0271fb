import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { icon } from './icon';
import { LightElement } from './lightElement';

export interface MenuItem {
  readonly label: string;
  /** Of an item that is on or off: the menu stays open when it is switched. */
  readonly checked?: boolean;
  /** What the items from here on are, where it is another than before. */
  readonly heading?: string;
  readonly run: () => void;
}

/**
 * A button with a menu, by the rules of ARIA's menu button: arrows and first letters move, Escape closes, focus comes back.
 */
@customElement('menu-button')
export class MenuButton extends LightElement {
  @property({ attribute: false }) items: readonly MenuItem[] = [];
  @property() label = '';
  /** Shown instead of the three dots. */
  @property() text = '';
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
        class=${this.text ? 'chip menu-opener' : 'icon-button menu-opener'}
        aria-label=${this.label}
        title=${this.label}
        aria-haspopup="menu"
        aria-expanded=${this.open ? 'true' : 'false'}
        @click=${this.toggle}
      >
        ${this.text ? html`${this.text} ${icon('chevron-down')}` : icon('ellipsis')}
      </button>
      ${
        this.open
          ? html`<div class="menu" role="menu" aria-label=${this.label} @keydown=${this.onKey}>
              ${this.items.map((item, index) => this.item(item, this.items[index - 1]?.heading))}
            </div>`
          : nothing
      }
    `;
  }

  private item(item: MenuItem, before: string | undefined): TemplateResult {
    const { checked, heading, label } = item;
    const marked = checked !== undefined;
    return html`${
        heading === undefined || heading === before
          ? nothing
          : html`<div class="menu-heading" role="presentation">${heading}</div>`
      }<button
        class="menu-item"
        role=${marked ? 'menuitemcheckbox' : 'menuitem'}
        aria-checked=${marked ? String(checked) : nothing}
        tabindex="-1"
        @click=${() => {
          this.choose(item);
        }}
      >
        ${marked ? html`<span class="menu-check">${checked ? icon('check') : nothing}</span>` : nothing}${label}
      </button>`;
  }

  private readonly toggle = (): void => {
    this.open = !this.open;
    if (this.open)
      void this.updateComplete.then(() => {
        this.entries()[0]?.focus();
      });
  };

  private choose(item: MenuItem): void {
    if (item.checked === undefined) this.close();
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
    const to = moves[event.key] ?? this.startingWith(event, now);
    if (to === undefined) return;
    event.preventDefault();
    entries[(to + entries.length) % entries.length]?.focus();
  };

  /** The next item that starts with the letter that was typed. */
  private startingWith({ key, ctrlKey, metaKey, altKey }: KeyboardEvent, now: number): number | undefined {
    if (key.length !== 1 || key === ' ' || ctrlKey || metaKey || altKey) return undefined;
    const order = this.items.map((_, index) => (now + 1 + index) % this.items.length);
    return order.find((index) => this.items[index]?.label.toLowerCase().startsWith(key.toLowerCase()));
  }

  private readonly onFocusOut = (event: FocusEvent): void => {
    if (event.relatedTarget instanceof Node && !this.contains(event.relatedTarget)) this.open = false;
  };

  private close(): void {
    this.open = false;
    this.querySelector<HTMLElement>('.menu-opener')?.focus();
  }

  private entries(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>('.menu-item')];
  }
}
