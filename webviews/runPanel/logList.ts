import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { findRow } from '../../src/protocol/runPanel';
import type { LineId, LogExtent, LogRow, LogTarget, LogView } from '../../src/protocol/runLog';
import { ask } from '../shared/host';
import { LightElement } from '../shared/lightElement';
import { LogFeed } from './logFeed';
import { logKey } from './logKeys';
import { LogMark } from './logMark';
import { emptyText, logRow } from './logRow';
import { LogScroll } from './logScroll';
import { extended, isSelected, type RowSelection } from './logSelection';
import './logStrip';
import type { LogStrip } from './logStrip';
import { run } from './runModel';

/**
 * The log as one list of any length: only the rows in sight are drawn. The place stays when lines arrive, unless the list
 * follows them.
 */
@customElement('log-list')
export class LogList extends LightElement {
  @property({ attribute: false }) view!: LogView;
  @property({ type: Boolean }) follow = false;
  @property({ attribute: false }) onFollow: (follow: boolean) => void = () => undefined;
  @property({ attribute: false }) onExtent: (extent: LogExtent) => void = () => undefined;
  @property({ attribute: false }) onWhole: (line: LineId) => void = () => undefined;
  /** Rows that are chosen, to be copied or opened. */
  @property({ attribute: false }) selection: RowSelection | undefined;
  @property({ attribute: false }) onSelect: (selection: RowSelection | undefined) => void = () => undefined;
  /** Keys that are about the log but not the list: search, go to, copy. */
  @property({ attribute: false }) onCommand: (key: KeyboardEvent) => boolean = () => false;
  @query('log-strip') private strip!: LogStrip;
  private readonly mark = new LogMark();
  private readonly feed = new LogFeed(() => {
    if (this.follow) this.sight.top = Infinity;
    if (this.feed.extent) this.onExtent(this.feed.extent);
    void this.keepMark();
    this.requestUpdate();
  });
  private readonly sight = new LogScroll(this, () => this.feed.extent?.rows);
  private saving: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    const size = new ResizeObserver(() => {
      this.requestUpdate();
    });
    size.observe(this);
    this.atEnd(() => {
      size.disconnect();
      clearTimeout(this.saving);
    });
    this.listen(run.logGrew, (all) => {
      const grown = all.find(({ view }) => sameView(view, this.view));
      if (grown) this.feed.told(grown.extent);
    });
  }

  /** Brings a line or a time into sight and marks it. */
  async show(target: LogTarget): Promise<void> {
    const row = await this.rowOf(target);
    if (row === undefined) return;
    this.showRow(row);
    if (target.kind === 'line') this.mark.follow(target.line, this.sight.moves);
  }

  /** Marks a row and brings it into sight, with what comes before it where it was not. */
  showRow(row: number): void {
    this.onFollow(false);
    this.mark.put(row);
    this.requestUpdate();
    if (!this.sight.sees(row, 1)) this.scrollToRow(row - Math.floor(this.sight.fitting / 3));
  }

  /** The row to go on from: the marked one where it is in sight, else the topmost. */
  get place(): number {
    const { row } = this.mark;
    return row !== undefined && this.sight.sees(row, -1) ? row : Math.floor(this.sight.top) - 1;
  }

  /** The row at `index`, where it is on this side. */
  rowAt(index: number): LogRow | undefined {
    return this.feed.row(index);
  }

  /** Reads again what is in sight: where rows match has changed. */
  refresh(): void {
    this.feed.refresh();
    this.strip.load();
  }

  toStart(): void {
    this.onFollow(false);
    this.scrollToRow(0);
  }

  toEnd(): void {
    this.onFollow(true);
    this.scrollToRow(Infinity);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('follow')) {
      this.feed.follow(this.follow);
      if (this.follow) this.sight.top = Infinity;
    }
    const before = changed.get('view');
    if (changed.has('view') && !(before && sameView(before, this.view))) {
      this.mark.clear();
      void this.begin();
    }
  }

  protected override render(): TemplateResult {
    const { problem, extent } = this.feed;
    if (problem !== undefined) {
      return html`<p class="problem" role="alert">
        The log can’t be read: ${problem}
        <button class="link" @click=${() => void this.begin()}>Try again</button>
      </p>`;
    }
    const several = this.view.node === null && (run.job?.nodes.length ?? 1) > 1;
    const { first, end } = this.sight.map.windowAt(this.sight.top);
    const rows = Array.from({ length: end - first }, (_, i) => first + i);
    return html`<div class="log-frame">
      <div
        class="log-scroll log-text"
        tabindex="0"
        role="group"
        aria-label="Log"
        aria-keyshortcuts="/ Control+F f g Shift+G"
        @scroll=${this.onScroll}
        @wheel=${this.onWheel}
        @keydown=${this.onKey}
      >
        ${extent?.rows === 0 ? html`<p class="empty">${emptyText(extent)}</p>` : nothing}
        <div class="log-space">
          <div class="log-window">
            ${repeat(
              rows,
              (row) => row,
              (row) => this.row(row, several),
            )}
          </div>
        </div>
      </div>
      <log-strip .view=${this.view} .onGo=${this.onGo}></log-strip>
    </div>`;
  }

  protected override updated(): void {
    if (this.sight.measured()) this.requestUpdate();
    const drawn = this.sight.lay();
    if (drawn) this.feed.need(drawn.first, drawn.end);
  }

  private row(index: number, several: boolean): TemplateResult {
    const row = this.feed.row(index);
    return logRow(row, {
      several,
      marked: this.mark.row === index,
      chosen: isSelected(this.selection, index),
      onClick: (event) => {
        this.onClick(event, index);
      },
      onWhole: () => {
        if (row) this.onWhole(row);
      },
    });
  }

  private async begin(): Promise<void> {
    const { moves } = this.sight;
    await this.feed.open(this.view);
    const { top } = run.saved.log;
    if (this.follow || !top) return;
    const row = await this.rowOf({ kind: 'line', line: top });
    // Whoever has gone elsewhere meanwhile stays there.
    if (row !== undefined && moves === this.sight.moves) this.scrollToRow(row);
  }

  private async rowOf(target: LogTarget): Promise<number | undefined> {
    const { view } = this;
    const row = await run.tried(ask(findRow, { view, target }));
    return sameView(view, this.view) ? row : undefined;
  }

  /** Moves the mark to where its line is now. */
  private async keepMark(): Promise<void> {
    const line = this.mark.lost((index) => this.feed.row(index), this.sight.moves);
    if (line) await this.show({ kind: 'line', line });
  }

  private scrollToRow(row: number): void {
    this.sight.move(Math.max(0, row));
    this.requestUpdate();
    this.save();
  }

  private readonly onScroll = (event: Event): void => {
    const top = this.sight.scrolled((event.currentTarget as HTMLElement).scrollTop);
    if (top !== undefined) this.moved(top);
  };

  private readonly onWheel = (event: WheelEvent): void => {
    const top = this.sight.wheeled(event);
    if (top === undefined) return;
    event.preventDefault();
    this.moved(top);
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (this.onCommand(event)) {
      event.preventDefault();
      event.stopPropagation(); // The editor has uses of its own for some.
      return;
    }
    const { map, fitting, top } = this.sight;
    const key = logKey(event, map.rows, fitting);
    if (key === undefined) return;
    event.preventDefault();
    if (key === 'start') this.toStart();
    else if (key === 'end') this.toEnd();
    else if (key === 'follow') this.onFollow(!this.follow);
    else if (event.shiftKey) this.extend(key.by);
    else this.moved(map.clamped(top + key.by));
  };

  /** Makes the choice of rows larger or smaller, and keeps its head in sight. */
  private extend(move: number): void {
    const { top, fitting, map } = this.sight;
    const start = this.selection?.head ?? this.mark.row ?? Math.ceil(top);
    const selection = extended(this.selection, this.selection ? start + move : start, start, map.rows);
    if (!selection) return;
    this.onFollow(false);
    this.onSelect(selection);
    if (selection.head < top) this.scrollToRow(selection.head);
    else if (selection.head > top + fitting - 2) this.scrollToRow(selection.head - fitting + 2);
  }

  /** A click beside the text chooses the row; with Shift, all from there to here. */
  private onClick(event: MouseEvent, row: number): void {
    const gutterHit = event.target instanceof Element && event.target.closest('.gutter') !== null;
    if (event.shiftKey)
      this.onSelect(extended(this.selection, row, this.mark.row ?? row, this.sight.map.rows));
    else if (gutterHit) this.onSelect({ anchor: row, head: row });
    else return;
    this.onFollow(false);
    event.preventDefault();
  }

  private readonly onGo = (share: number): void => {
    const { map, fitting } = this.sight;
    this.moved(map.clamped(share * map.rows - fitting / 2));
  };

  private moved(top: number): void {
    const atEnd = top >= this.sight.map.lastTop - 0.5;
    if (atEnd !== this.follow) this.onFollow(atEnd);
    this.sight.move(top);
    this.requestUpdate();
    this.save();
  }

  private save(): void {
    this.saving ??= setTimeout(() => {
      this.saving = undefined;
      const row = this.feed.row(Math.floor(this.sight.top));
      if (row) run.keep({ log: { ...run.saved.log, top: { node: row.node, number: row.number } } });
    }, 250);
  }
}

function sameView(a: LogView, b: LogView): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
