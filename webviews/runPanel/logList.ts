import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { findRow } from '../../src/protocol/runPanel';
import type { LineId, LogExtent, LogRow, LogTarget, LogView } from '../../src/protocol/runLog';
import { ask } from '../shared/host';
import { LightElement } from '../shared/lightElement';
import { ScrollMap } from '../shared/scrollMap';
import { LogFeed } from './logFeed';
import { gutter, spans } from './logLine';
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
  @state() private marked: number | undefined;
  /** The line that is marked, where it was asked for by itself: its row is another one while lines before it are still being read. */
  private wanted: { readonly line: LineId; readonly moves: number } | undefined;
  private readonly feed = new LogFeed(() => {
    if (this.follow) this.top = Infinity;
    if (this.feed.extent) this.onExtent(this.feed.extent);
    void this.keepMark();
    this.requestUpdate();
  });
  /** The topmost row in sight, with its fraction: what the scroll bar can't say exactly in a very long list. */
  private top = 0;
  /** `scrollTop` as this element set it last, to know the user's scrolling from its own. */
  private placed = 0;
  private rowHeight = 18;
  /** Counts how often the list was moved. */
  private moves = 0;
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
    if (target.kind === 'line') this.wanted = { line: target.line, moves: this.moves };
  }

  /** Marks a row and brings it into sight, with what comes before it where it was not. */
  showRow(row: number): void {
    this.onFollow(false);
    this.marked = row;
    this.wanted = undefined;
    const { viewHeight } = this.map();
    const seen = row >= this.top + 1 && row < this.top + viewHeight / this.rowHeight - 1;
    if (!seen) this.scrollToRow(row - Math.floor(viewHeight / this.rowHeight / 3));
  }

  /** The row to go on from: the marked one where it is in sight, else the topmost. */
  get place(): number {
    const { viewHeight } = this.map();
    const inSight =
      this.marked !== undefined &&
      this.marked >= this.top - 1 &&
      this.marked <= this.top + viewHeight / this.rowHeight;
    return inSight ? (this.marked ?? 0) : Math.floor(this.top) - 1;
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
      if (this.follow) this.top = Infinity;
    }
    const before = changed.get('view');
    if (changed.has('view') && !(before && sameView(before, this.view))) {
      this.marked = this.wanted = undefined;
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
    const { first, end } = this.map().windowAt(this.top);
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
              (row) => this.row(this.feed.row(row), row, several),
            )}
          </div>
        </div>
      </div>
      <log-strip .view=${this.view} .onGo=${this.onGo}></log-strip>
    </div>`;
  }

  protected override updated(): void {
    const scroll = this.querySelector<HTMLElement>('.log-scroll');
    const space = this.querySelector<HTMLElement>('.log-space');
    const shown = this.querySelector<HTMLElement>('.log-window');
    if (!scroll || !space || !shown) return;
    const height = Math.round(Number.parseFloat(getComputedStyle(scroll).fontSize) * 1.5);
    if (height > 0 && height !== this.rowHeight) {
      this.rowHeight = height;
      this.requestUpdate();
    }
    const map = this.map();
    if (this.feed.extent) this.top = map.clamped(this.top);
    const { first, end, y } = map.windowAt(this.top);
    scroll.style.setProperty('--row', `${this.rowHeight}px`);
    space.style.height = `${map.height}px`;
    const wanted = map.scrollFor(this.top);
    if (Math.abs(scroll.scrollTop - wanted) >= 1) scroll.scrollTop = wanted;
    this.placed = scroll.scrollTop;
    shown.style.transform = `translateY(${y}px)`;
    this.feed.need(first, end);
  }

  private row(row: LogRow | undefined, index: number, several: boolean): TemplateResult {
    const chosen = isSelected(this.selection, index) ? ' row-chosen' : '';
    if (!row) return html`<div class="row row-waiting${chosen}"></div>`;
    const marked = this.marked === index ? ' row-marked' : '';
    const telemetry = row.telemetry ? ' row-telemetry' : '';
    return html`<div
      class="row${marked}${telemetry}${chosen}"
      @click=${(event: MouseEvent) => {
        this.onClick(event, index);
      }}
    >
      ${gutter(row, several)}<span class="row-text">${spans(row.spans, row.matches)}</span>${
        row.truncated
          ? html`<button
              class="link row-more"
              @click=${() => {
                this.onWhole(row);
              }}
            >
              … show all
            </button>`
          : nothing
      }
    </div>`;
  }

  private map(): ScrollMap {
    const viewHeight = this.querySelector('.log-scroll')?.clientHeight ?? this.clientHeight;
    return new ScrollMap(this.feed.extent?.rows ?? 0, this.rowHeight, viewHeight);
  }

  private async begin(): Promise<void> {
    const { moves } = this;
    await this.feed.open(this.view);
    const { top } = run.saved.log;
    if (this.follow || !top) return;
    const row = await this.rowOf({ kind: 'line', line: top });
    // Whoever has gone elsewhere meanwhile stays there.
    if (row !== undefined && moves === this.moves) this.scrollToRow(row);
  }

  private async rowOf(target: LogTarget): Promise<number | undefined> {
    const { view } = this;
    const row = await run.tried(ask(findRow, { view, target }));
    return sameView(view, this.view) ? row : undefined;
  }

  /** Moves the mark to where its line is now, unless somebody has gone elsewhere meanwhile. */
  private async keepMark(): Promise<void> {
    const { wanted, marked } = this;
    const row = marked === undefined ? undefined : this.feed.row(marked);
    if (!wanted || !row || sameLine(row, wanted.line)) return;
    this.wanted = undefined;
    if (wanted.moves === this.moves) await this.show({ kind: 'line', line: wanted.line });
  }

  private scrollToRow(row: number): void {
    this.moves += 1;
    this.top = Math.max(0, row);
    this.requestUpdate();
    this.save();
  }

  private readonly onScroll = (event: Event): void => {
    const { scrollTop } = event.currentTarget as HTMLElement;
    if (Math.abs(scrollTop - this.placed) < 1) return;
    const map = this.map();
    this.placed = scrollTop;
    this.moved(map.topAt(scrollTop), map);
  };

  /** In a list too long to be laid out, a wheel would leap over rows; here it moves by rows as everywhere. */
  private readonly onWheel = (event: WheelEvent): void => {
    const map = this.map();
    if (!map.scaled || event.ctrlKey || event.deltaY === 0) return;
    event.preventDefault();
    const rows = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY : event.deltaY / this.rowHeight;
    this.moved(map.clamped(this.top + rows), map);
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (this.onCommand(event)) {
      event.preventDefault();
      event.stopPropagation(); // The editor has uses of its own for some.
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const map = this.map();
    const view = Math.max(1, Math.floor(map.viewHeight / this.rowHeight) - 1);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: view,
      PageUp: -view,
      ...(event.shiftKey && { Home: -map.rows, End: map.rows }),
    };
    const move = moves[event.key];
    if (move !== undefined && event.shiftKey) this.extend(move, map);
    else if (move !== undefined) this.moved(map.clamped(this.top + move), map);
    else if (event.key === 'g' || event.key === 'Home') this.toStart();
    else if (event.key === 'G' || event.key === 'End') this.toEnd();
    else if (event.key === 'f') this.onFollow(!this.follow);
    else return;
    event.preventDefault();
  };

  /** Makes the choice of rows larger or smaller, and keeps its head in sight. */
  private extend(move: number, map: ScrollMap): void {
    const start = this.selection?.head ?? this.marked ?? Math.ceil(this.top);
    const selection = extended(this.selection, this.selection ? start + move : start, start, map.rows);
    if (!selection) return;
    this.onFollow(false);
    this.onSelect(selection);
    const rows = map.viewHeight / this.rowHeight;
    if (selection.head < this.top) this.scrollToRow(selection.head);
    else if (selection.head > this.top + rows - 2) this.scrollToRow(selection.head - rows + 2);
  }

  /** A click beside the text chooses the row; with Shift, all from there to here. */
  private onClick(event: MouseEvent, row: number): void {
    const gutterHit = event.target instanceof Element && event.target.closest('.gutter') !== null;
    if (event.shiftKey) this.onSelect(extended(this.selection, row, this.marked ?? row, this.map().rows));
    else if (gutterHit) this.onSelect({ anchor: row, head: row });
    else return;
    this.onFollow(false);
    event.preventDefault();
  }

  private readonly onGo = (share: number): void => {
    const map = this.map();
    this.moved(map.clamped(share * map.rows - map.viewHeight / this.rowHeight / 2), map);
  };

  private moved(top: number, map: ScrollMap): void {
    const atEnd = top >= map.lastTop - 0.5;
    if (atEnd !== this.follow) this.onFollow(atEnd);
    this.moves += 1;
    this.top = top;
    this.requestUpdate();
    this.save();
  }

  private save(): void {
    this.saving ??= setTimeout(() => {
      this.saving = undefined;
      const row = this.feed.row(Math.floor(this.top));
      if (row) run.keep({ log: { ...run.saved.log, top: { node: row.node, number: row.number } } });
    }, 250);
  }
}

function sameView(a: LogView, b: LogView): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function emptyText(extent: LogExtent): string {
  if (extent.reading) return 'Reading…';
  if (extent.errors + extent.warnings > 0 || extent.setup) return 'No line passes the filters.';
  return extent.ended ? 'The job wrote nothing.' : 'Nothing written yet.';
}

function sameLine(a: LineId, b: LineId): boolean {
  return a.node === b.node && a.number === b.number;
}
