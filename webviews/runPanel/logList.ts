import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { findLine } from '../../src/protocol/runPanel';
import type { LineId, LogExtent, LogRow, LogView } from '../../src/protocol/runPanel';
import { ask } from '../shared/host';
import { LightElement } from '../shared/lightElement';
import { ScrollMap } from '../shared/scrollMap';
import { LogFeed } from './logFeed';
import { gutter, spans } from './logLine';
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
  @state() private marked: LineId | undefined;
  private readonly feed = new LogFeed(() => {
    if (this.follow) this.top = Infinity;
    if (this.feed.extent) this.onExtent(this.feed.extent);
    this.requestUpdate();
  });
  /** The topmost row in sight, with its fraction: what the scroll bar can't say exactly in a very long list. */
  private top = 0;
  /** `scrollTop` as this element set it last, to know the user's scrolling from its own. */
  private placed = 0;
  private rowHeight = 18;
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
      const grown = all.find(
        ({ view }) => view.node === this.view.node && view.telemetry === this.view.telemetry,
      );
      if (grown) this.feed.told(grown.extent);
    });
  }

  /** Brings a line into sight and marks it. */
  async show(line: LineId): Promise<void> {
    this.marked = line;
    await this.goTo(line);
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
    if (
      changed.has('view') &&
      (before?.node !== this.view.node || before.telemetry !== this.view.telemetry)
    ) {
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
    return html`<div
      class="log-scroll log-text"
      tabindex="0"
      role="group"
      aria-label="Log"
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
            (row) => this.row(this.feed.row(row), several),
          )}
        </div>
      </div>
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

  private row(row: LogRow | undefined, several: boolean): TemplateResult {
    if (!row) return html`<div class="row row-waiting"></div>`;
    const marked = this.marked?.node === row.node && this.marked.number === row.number;
    const classes = `row${marked ? ' row-marked' : ''}${row.telemetry ? ' row-telemetry' : ''}`;
    return html`<div class=${classes}>
      ${gutter(row, several)}<span class="row-text">${spans(row.spans)}</span>${
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
    await this.feed.open(this.view);
    const { top } = run.saved.log;
    if (!this.follow && top) await this.goTo(top);
  }

  private async goTo(line: LineId): Promise<void> {
    const { view } = this;
    const row = await run.tried(ask(findLine, { view, line }));
    // A little of what comes before gives the line its context.
    if (row !== undefined && view === this.view) this.scrollToRow(this.marked === line ? row - 3 : row);
  }

  private scrollToRow(row: number): void {
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
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const map = this.map();
    const view = Math.max(1, Math.floor(map.viewHeight / this.rowHeight) - 1);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: view,
      PageUp: -view,
    };
    const move = moves[event.key];
    if (move !== undefined) this.moved(map.clamped(this.top + move), map);
    else if (event.key === 'g' || event.key === 'Home') this.toStart();
    else if (event.key === 'G' || event.key === 'End') this.toEnd();
    else if (event.key === 'f') this.onFollow(!this.follow);
    else return;
    event.preventDefault();
  };

  private moved(top: number, map: ScrollMap): void {
    const atEnd = top >= map.lastTop - 0.5;
    if (atEnd !== this.follow) this.onFollow(atEnd);
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

function emptyText(extent: LogExtent): string {
  if (extent.reading) return 'Reading…';
  return extent.ended ? 'The job wrote nothing.' : 'Nothing written yet.';
}
