import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { openRun } from '../../src/protocol/comparePanel';
import type { CompareColumn, CompareRow } from '../../src/protocol/comparePanel';
import { ask } from '../shared/host';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import { ScrollMap } from '../shared/scrollMap';
import { stateText } from '../shared/states';
import { markOf } from '../shared/theme';
import { exactText } from '../shared/times';
import { numberOf, textOf } from './cells';
import { columnWidths } from './columnWidths';
import { compare } from './compareModel';
import { GridCursor } from './gridCursor';
import type { TableView } from './tableView';

/** Pixels; as in grid.css. */
const rowHeight = 26;
/** In a panel narrower than so many pixels, names, which stay in sight, leave room: their longest in `ch`. */
const narrowest = 600;
const shortName = 15;
/** The box and the star stand before the columns. */
const before = 2;

/**
 * The runs as a grid in which only the rows in sight are drawn. The grid itself keeps the focus and names the cell that the
 * keys move (`aria-activedescendant`): a cell that had the focus would lose it when it is scrolled out of the page.
 */
@customElement('run-table')
export class RunTable extends LightElement {
  @property({ attribute: false }) view!: TableView;
  private readonly cursor = new GridCursor();
  private scrolled = 0;
  /** Ids of columns whose figures stand under each other. */
  private numeric: ReadonlySet<string> = new Set();

  override connectedCallback(): void {
    super.connectedCallback();
    const size = new ResizeObserver(() => {
      this.setWidths();
      this.requestUpdate();
    });
    size.observe(this);
    this.atEnd(() => {
      size.disconnect();
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('view')) return;
    const { rows, columns } = this.view;
    this.numeric = new Set(columns.filter((column) => isNumeric(rows, column)).map(({ id }) => id));
  }

  protected override render(): TemplateResult {
    const { rows, columns } = this.view;
    const { first, end } = this.map().windowAt(this.map().topAt(this.scrolled));
    const now = Date.now();
    this.cursor.fit(rows.length, columns.length + before);
    return html`<div
      class="grid-scroll"
      role="grid"
      tabindex="0"
      aria-label="Runs"
      aria-multiselectable="true"
      aria-rowcount=${rows.length + 1}
      aria-colcount=${columns.length + before}
      aria-activedescendant="active-cell"
      @scroll=${this.onScroll}
      @keydown=${this.onKey}
      @click=${this.onClick}
    >
      <table class="grid" role="presentation">
        <colgroup>
          <col />
          <col />
          ${columns.map(() => html`<col />`)}
        </colgroup>
        <thead role="rowgroup">
          <tr role="row" aria-rowindex="1" data-row="-1">
            ${this.head(0, html`<span class="unseen">Overlay</span>`)}
            ${this.head(1, html`<span class="unseen">Star</span>`)}
            ${columns.map((column, index) => this.columnHead(column, index + before))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          <tr class="grid-space" role="presentation"></tr>
          ${
            // Not by id: a row in another order is written into the elements that are there, which is far less work.
            rows.slice(first, end).map((row, index) => this.row(row, first + index, columns, now))
          }
          <tr class="grid-space" role="presentation"></tr>
        </tbody>
      </table>
    </div>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const scroll = this.querySelector<HTMLElement>('.grid-scroll');
    const [above, below] = this.querySelectorAll<HTMLElement>('.grid-space');
    if (!scroll || !above || !below) return;
    const { rows } = this.view;
    const { first, end } = this.map().windowAt(this.map().topAt(this.scrolled));
    above.style.height = `${first * rowHeight}px`;
    below.style.height = `${(rows.length - end) * rowHeight}px`;
    if (changed.has('view')) this.setWidths();
    if (scroll.scrollTop !== this.scrolled) {
      this.scrolled = scroll.scrollTop;
      this.requestUpdate();
    }
  }

  private head(at: number, content: TemplateResult): TemplateResult {
    return html`<th
      role="columnheader"
      aria-colindex=${at + 1}
      data-column=${at}
      id=${this.cursor.is(-1, at) ? 'active-cell' : nothing}
      class="head-${at} ${this.cursor.is(-1, at) ? 'active' : ''}"
    >
      ${content}
    </th>`;
  }

  private columnHead(column: CompareColumn, at: number): TemplateResult {
    const { sort } = compare.saved;
    const sorted = sort?.column === column.id ? (sort.descending ? 'descending' : 'ascending') : undefined;
    const arrow = sorted === undefined ? nothing : icon(sorted === 'descending' ? 'arrow-down' : 'arrow-up');
    return html`<th
      role="columnheader"
      aria-colindex=${at + 1}
      aria-sort=${sorted ?? 'none'}
      data-column=${at}
      title=${[column.title, column.hint].filter(Boolean).join('\n')}
      id=${this.cursor.is(-1, at) ? 'active-cell' : nothing}
      class="sortable head-${at} ${this.numeric.has(column.id) ? 'number' : ''} ${this.cursor.is(-1, at) ? 'active' : ''}"
    >
      <span class="head-title">${column.title}</span>${arrow}
    </th>`;
  }

  private row(row: CompareRow, at: number, columns: readonly CompareColumn[], now: number): TemplateResult {
    const slot = compare.slotOf(row.id);
    const checked = slot !== undefined;
    return html`<tr
      role="row"
      aria-rowindex=${at + 2}
      aria-selected=${checked ? 'true' : 'false'}
      data-row=${at}
    >
      ${this.cell(
        at,
        0,
        '',
        html`<span
          class="box"
          role="checkbox"
          aria-checked=${checked ? 'true' : 'false'}
          aria-label="Overlay ${row.name}"
          title="Overlay in the charts (Space)"
          >${checked ? icon('check') : nothing}</span
        >`,
      )}
      ${this.cell(
        at,
        1,
        '',
        html`<span
          class="star"
          role="checkbox"
          aria-checked=${row.starred ? 'true' : 'false'}
          aria-label="Star ${row.name}"
          title="Star (S)"
          >${icon(row.starred ? 'star-full' : 'star-empty')}</span
        >`,
      )}
      ${columns.map((column, index) =>
        this.cell(
          at,
          index + before,
          this.numeric.has(column.id) ? 'number' : '',
          cellContent(row, column, slot, now),
          cellTitle(row, column, now),
        ),
      )}
    </tr>`;
  }

  private cell(
    row: number,
    at: number,
    classes: string,
    content: TemplateResult | string,
    title?: string,
  ): TemplateResult {
    const active = this.cursor.is(row, at);
    return html`<td
      role="gridcell"
      aria-colindex=${at + 1}
      data-column=${at}
      title=${title ?? nothing}
      id=${active ? 'active-cell' : nothing}
      class="cell-${at} ${classes} ${active ? 'active' : ''}"
    >
      ${content}
    </td>`;
  }

  private map(): ScrollMap {
    const height = this.querySelector('.grid-scroll')?.clientHeight ?? 600;
    return new ScrollMap(this.view.rows.length, rowHeight, Math.max(0, height - rowHeight));
  }

  private setWidths(): void {
    const narrow = this.clientWidth < narrowest;
    const widths = columnWidths(this.view, Date.now(), narrow ? shortName : undefined);
    const table = this.querySelector<HTMLElement>('.grid');
    const columns = this.querySelectorAll<HTMLElement>('col');
    if (!table) return;
    for (const [index, column] of columns.entries()) {
      const width = widths[index - before];
      column.style.width = width === undefined ? '30px' : `${width}ch`;
    }
    const total = widths.reduce((sum, width) => sum + width, 0);
    table.style.width = `calc(${total}ch + ${before * 30}px)`;
  }

  private readonly onScroll = (event: Event): void => {
    this.scrolled = (event.currentTarget as HTMLElement).scrollTop;
    this.requestUpdate();
  };

  private readonly onClick = (event: MouseEvent): void => {
    const target = event.target instanceof Element ? event.target : null;
    const at = Number(target?.closest('[data-column]')?.getAttribute('data-column') ?? NaN);
    const row = Number(target?.closest('[data-row]')?.getAttribute('data-row') ?? NaN);
    if (Number.isNaN(at) || Number.isNaN(row)) return;
    this.cursor.set(row, at);
    if (row < 0 || at < before || target?.closest('.run-name')) this.act(row, at);
    this.requestUpdate();
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.altKey || event.metaKey) return;
    const { row, column } = this.cursor;
    if (this.cursor.move(event.key, event.ctrlKey, Math.floor(this.map().viewHeight / rowHeight) - 1)) {
      this.requestUpdate();
      this.reveal();
    } else if (event.ctrlKey) return;
    else if (event.key === 'Enter') this.act(row, row >= 0 && column >= before ? before : column);
    else if (event.key === ' ') this.act(row, row >= 0 ? Number(column === 1) : column);
    else if (event.key === 's' || event.key === 'S') this.act(row, 1);
    else return;
    event.preventDefault();
  };

  /** What a click on a cell does: check, star, open; on a head, sort. */
  private act(row: number, column: number): void {
    if (row < 0) {
      const head = this.view.columns[column - before];
      if (head) sortBy(head);
      return;
    }
    const run = this.view.rows[row];
    if (!run) return;
    if (column === 0) compare.toggleCheck(run.id);
    else if (column === 1) void compare.toggleStar(run.id);
    else void compare.tried(ask(openRun, run.id));
  }

  /** Brings the active cell into sight. */
  private reveal(): void {
    const scroll = this.querySelector<HTMLElement>('.grid-scroll');
    if (!scroll) return;
    const { row } = this.cursor;
    const top = Math.max(0, row) * rowHeight;
    const view = this.map().viewHeight;
    if (top < scroll.scrollTop) scroll.scrollTop = top;
    else if (top + rowHeight > scroll.scrollTop + view) scroll.scrollTop = top + rowHeight - view;
    void this.updateComplete.then(() => {
      this.querySelector('#active-cell')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    });
  }
}

/** A column with words among its figures is one of words. */
function isNumeric(rows: readonly CompareRow[], { id, kind }: CompareColumn): boolean {
  if (kind !== 'text') return kind !== 'time';
  let any = false;
  for (const { cells } of rows) {
    if (typeof cells[id] === 'string') return false;
    any ||= cells[id] !== undefined;
  }
  return any;
}

/** By a column in the direction that is wanted first, then in the other, then not by it. */
function sortBy({ id, highestFirst }: CompareColumn): void {
  const { sort } = compare.saved;
  const first = highestFirst ?? false;
  if (sort?.column !== id) compare.keep({ sort: { column: id, descending: first } });
  else compare.keep({ sort: sort.descending === first ? { column: id, descending: !first } : null });
}

function cellContent(
  row: CompareRow,
  column: CompareColumn,
  slot: number | undefined,
  now: number,
): TemplateResult | string {
  if (column.id === 'state') return stateText(row.state);
  if (column.id !== 'name') return textOf(row, column, now);
  return html`<span class="run-name"
    ><span class="legend-mark ${slot === undefined ? 'unmarked' : markOf(slot)}" aria-hidden="true"></span
    ><span class="link">${row.name}</span></span
  >`;
}

function cellTitle(row: CompareRow, column: CompareColumn, now: number): string {
  if (column.id === 'name') return `${row.name}\n${row.id}`;
  const cell = row.cells[column.id];
  if (column.kind === 'time') return exactText(numberOf(cell) ?? now);
  const exact = typeof cell === 'number' ? String(cell) : textOf(row, column, now);
  return cell === undefined ? '' : exact;
}
