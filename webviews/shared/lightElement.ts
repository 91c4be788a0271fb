import { LitElement } from 'lit';
import type { Signal } from './signal';

/**
 * A Lit element that draws into the page itself, so that one style sheet serves all, text can be selected across elements
 * and the editor's find reaches it.
 */
export abstract class LightElement extends LitElement {
  private readonly ends: (() => void)[] = [];

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const end of this.ends.splice(0)) end();
  }

  /** Listens while the element is in the page. Call it from `connectedCallback`. */
  protected listen<T>(signal: Signal<T>, listener: (value: T) => void): void {
    this.ends.push(signal.on(listener));
  }

  /** Runs `end` when the element leaves the page. */
  protected atEnd(end: () => void): void {
    this.ends.push(end);
  }
}
