import { ScrollMap } from '../shared/scrollMap';

/** Where the log's list is scrolled to, and how its elements are laid out for that. */
export class LogScroll {
  /** The topmost row in sight, with its fraction: what the scroll bar can't say exactly in a very long list. */
  top = 0;
  /** Counts how often somebody moved the list. */
  moves = 0;
  /** `scrollTop` as it was set here last, to know the user's scrolling from our own. */
  private placed = 0;
  private rowHeight = 18;

  constructor(
    private readonly list: HTMLElement,
    /** `undefined` while nobody knows how many there are. */
    private readonly rows: () => number | undefined,
  ) {}

  get map(): ScrollMap {
    const viewHeight = this.element('.log-scroll')?.clientHeight ?? this.list.clientHeight;
    return new ScrollMap(this.rows() ?? 0, this.rowHeight, viewHeight);
  }

  /** How many rows are in sight, with a fraction. */
  get fitting(): number {
    return this.map.viewHeight / this.rowHeight;
  }

  move(top: number): void {
    this.moves += 1;
    this.top = top;
  }

  /** Whether the row is in sight, `margin` rows from the edges or so far beyond them where that is negative. */
  sees(row: number, margin: number): boolean {
    return row >= this.top + margin && row < this.top + this.fitting - margin;
  }

  /** The place that the user has scrolled to; `undefined` where it was us. */
  scrolled(scrollTop: number): number | undefined {
    if (Math.abs(scrollTop - this.placed) < 1) return undefined;
    this.placed = scrollTop;
    return this.map.topAt(scrollTop);
  }

  /**
   * In a list too long to be laid out, a wheel would leap over rows; there it moves by rows, as everywhere, to the place that is
   * given. `undefined` where the browser does it.
   */
  wheeled({ deltaY, deltaMode, ctrlKey }: WheelEvent): number | undefined {
    const { map } = this;
    if (!map.scaled || ctrlKey || deltaY === 0) return undefined;
    return map.clamped(
      this.top + (deltaMode === WheelEvent.DOM_DELTA_LINE ? deltaY : deltaY / this.rowHeight),
    );
  }

  /** Whether rows have become another height, as with another font. */
  measured(): boolean {
    const scroll = this.element('.log-scroll');
    const height = scroll ? Math.round(Number.parseFloat(getComputedStyle(scroll).fontSize) * 1.5) : 0;
    if (!(height > 0) || height === this.rowHeight) return false;
    this.rowHeight = height;
    return true;
  }

  /** Puts the elements where they belong, and gives the rows that are drawn; `undefined` where there are no elements. */
  lay(): { readonly first: number; readonly end: number } | undefined {
    const scroll = this.element('.log-scroll');
    const space = this.element('.log-space');
    const shown = this.element('.log-window');
    if (!scroll || !space || !shown) return undefined;
    const { map } = this;
    if (this.rows() !== undefined) this.top = map.clamped(this.top);
    const { first, end, y } = map.windowAt(this.top);
    scroll.style.setProperty('--row', `${this.rowHeight}px`);
    space.style.height = `${map.height}px`;
    const wanted = map.scrollFor(this.top);
    if (Math.abs(scroll.scrollTop - wanted) >= 1) scroll.scrollTop = wanted;
    this.placed = scroll.scrollTop;
    shown.style.transform = `translateY(${y}px)`;
    return { first, end };
  }

  private element(name: string): HTMLElement | null {
    return this.list.querySelector<HTMLElement>(name);
  }
}
