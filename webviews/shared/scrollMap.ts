/** Browsers stop laying out boxes at about 33 M pixels; far below that, heights are still exact. */
export const tallest = 8_000_000;

/** How many rows above and below the seen ones are drawn, so that a fast wheel meets drawn rows. */
const overscan = 12;

/**
 * Which rows of a long list are seen. As long as the list's true height can be laid out, scrolling is the browser's own;
 * above that the scroll bar stands for the whole list and rows are placed by hand.
 */
export class ScrollMap {
  constructor(
    readonly rows: number,
    readonly rowHeight: number,
    readonly viewHeight: number,
  ) {}

  /** Height of the scrolled content in pixels. */
  get height(): number {
    return Math.min(this.rows * this.rowHeight, tallest);
  }

  get scaled(): boolean {
    return this.rows * this.rowHeight > tallest;
  }

  /** The topmost row, with its fraction, when the list is scrolled to its end. */
  get lastTop(): number {
    return Math.max(0, this.rows - this.viewHeight / this.rowHeight);
  }

  topAt(scrollTop: number): number {
    const range = this.height - this.viewHeight;
    return range <= 0 ? 0 : this.clamped((scrollTop / range) * this.lastTop);
  }

  scrollFor(top: number): number {
    return this.lastTop === 0
      ? 0
      : (this.clamped(top) / this.lastTop) * Math.max(0, this.height - this.viewHeight);
  }

  clamped(top: number): number {
    return Math.min(Math.max(0, top), this.lastTop);
  }

  /** The rows to draw when `top` is the topmost, and where the first of them stands in the content. */
  windowAt(top: number): { first: number; end: number; y: number } {
    const row = this.clamped(top);
    const first = Math.max(0, Math.floor(row) - overscan);
    const end = Math.min(this.rows, Math.ceil(row + this.viewHeight / this.rowHeight) + overscan);
    return { first, end, y: this.scrollFor(row) - (row - first) * this.rowHeight };
  }
}
