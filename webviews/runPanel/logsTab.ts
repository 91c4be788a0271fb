import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { copyRows, findHit, openLog, openRows, saveLog } from '../../src/protocol/runPanel';
import type { SavedLog } from '../../src/protocol/runPanel';
import type { LineId, LogExtent, LogRange, LogView, SearchHit } from '../../src/protocol/runLog';
import { ask } from '../shared/host';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import type { MenuItem } from '../shared/menuButton';
import { typedPlace } from '../shared/placeText';
import './logFind';
import type { LogFind } from './logFind';
import './logGoTo';
import './logList';
import type { LogList } from './logList';
import { selectedRows, type RowSelection } from './logSelection';
import { logToolbar } from './logToolbar';
import { run } from './runModel';
import { selectionBar } from './selectionBar';
import './wholeLine';

const whole = new Intl.NumberFormat();

/** The log, with what chooses, searches and takes its lines. */
@customElement('logs-tab')
export class LogsTab extends LightElement {
  @query('log-list') private list!: LogList;
  @query('log-find') private find!: LogFind | null;
  @state() private whole: LineId | undefined;
  @state() private extent: LogExtent | undefined;
  @state() private finding = false;
  @state() private goingTo = false;
  @state() private hit: SearchHit | undefined;
  @state() private selection: RowSelection | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(run.changed, () => {
      this.requestUpdate();
    });
    this.listen(run.lineWanted, (line) => void this.show(line));
    // Wherever the focus is in this tab; the list has more keys of its own.
    this.addEventListener('keydown', this.onAnyKey);
    this.atEnd(() => {
      this.removeEventListener('keydown', this.onAnyKey);
    });
  }

  protected override firstUpdated(): void {
    const line = run.takeWantedLine();
    if (line) void this.show(line);
  }

  protected override render(): TemplateResult {
    const { view, follow } = run.saved.log;
    return html`
      ${logToolbar(run.saved.log, this.extent, {
        look: this.look,
        keep: this.keep,
        find: this.openFind,
        start: () => {
          this.list.toStart();
        },
        end: () => {
          this.list.toEnd();
        },
        menu: this.menu(view),
      })}
      ${
        this.finding
          ? html`<log-find
              .view=${view}
              .hit=${this.hit}
              .onBegun=${this.onBegun}
              .onStep=${this.onStep}
              .onClose=${this.closeFind}
            ></log-find>`
          : nothing
      }
      ${this.goingTo ? html`<log-go-to .onGo=${this.onGo} .onClose=${this.closeGoTo}></log-go-to>` : nothing}
      ${
        this.extent?.compressed === undefined
          ? nothing
          : html`<p class="log-notice">${icon('archive')} <span>${this.extent.compressed}</span></p>`
      }
      <log-list
        .view=${view}
        .follow=${follow}
        .selection=${this.selection}
        .onFollow=${this.onFollow}
        .onExtent=${this.onExtent}
        .onWhole=${this.onWhole}
        .onSelect=${this.onSelect}
        .onCommand=${this.onCommand}
      ></log-list>
      ${
        this.selection
          ? selectionBar(selectedRows(this.selection), (index) => this.list.rowAt(index), {
              copy: this.copy,
              open: this.openSelected,
              clear: this.clear,
            })
          : nothing
      }
      ${this.whole ? html`<whole-line .line=${this.whole} .onClose=${this.onClose}></whole-line>` : nothing}
    `;
  }

  private menu(view: LogView): readonly MenuItem[] {
    const several = (run.job?.nodes.length ?? 1) > 1;
    const node = view.node ?? 0;
    return [
      {
        label: 'Go to Line or Time… (Ctrl+G)',
        run: () => {
          this.goingTo = true;
        },
      },
      { label: 'Select All Lines (Ctrl+A)', run: this.selectAll },
      {
        label: several ? `Open Log of Node ${node} in Editor` : 'Open Log in Editor',
        run: () => void run.tried(ask(openLog, { node, number: 0 })),
      },
      {
        label:
          several && view.node !== null
            ? `Save Log of Node ${node} As…`
            : several
              ? 'Save Logs As…'
              : 'Save Log As…',
        run: () => void run.tried(ask(saveLog, { node: view.node })),
      },
    ];
  }

  private async show(line: LineId): Promise<void> {
    await this.updateComplete;
    await this.list.updateComplete;
    await this.list.show({ kind: 'line', line });
  }

  /** Keys that the list hands on. Whether it was one of them. */
  private readonly onCommand = (event: KeyboardEvent): boolean => {
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if ((control && key === 'f') || (!control && event.key === '/')) this.openFind();
    else if (control && key === 'g') this.goingTo = true;
    else if (control && key === 'a') this.selectAll();
    else if (control && key === 'c' && this.selection && !document.getSelection()?.toString()) this.copy();
    else if (event.key === 'F3' || (event.key === 'Enter' && this.finding)) this.onStep(event.shiftKey);
    else if (event.key === 'Escape' && this.selection) this.clear();
    else if (event.key === 'Escape' && this.finding) this.closeFind();
    else return false;
    return true;
  };

  private readonly onAnyKey = (event: KeyboardEvent): void => {
    const control = event.ctrlKey || event.metaKey;
    const ours = (control && /^[fg]$/i.test(event.key)) || event.key === 'F3';
    if (!ours || !this.onCommand(event)) return;
    event.preventDefault();
    event.stopPropagation(); // The editor's own find sees only the rows that are drawn.
  };

  private readonly openFind = (): void => {
    if (this.finding) this.find?.focusInput();
    this.finding = true;
  };

  private readonly closeFind = (): void => {
    this.finding = false;
    this.hit = undefined;
    this.list.refresh();
    this.focusLog();
  };

  private readonly onBegun = (): void => {
    this.hit = undefined;
    this.list.refresh();
  };

  private readonly onStep = (back: boolean): void => {
    void (async () => {
      const { view } = run.saved.log;
      const hit = await run.tried(ask(findHit, { view, row: this.list.place, back }));
      if (!hit) return;
      this.hit = hit;
      this.list.showRow(hit.row);
    })();
  };

  /** Returns why it can't, in words. */
  private readonly onGo = (text: string): string | undefined => {
    const place = typedPlace(text, run.job?.startedAt ?? run.job?.createdAt ?? 0);
    if (!place) return 'Type a line such as 1204, or a time such as 21:04:10.';
    const { node, ...filters } = run.saved.log.view;
    if (place.kind === 'time') void this.list.show(place);
    else if (node !== null) void this.list.show({ kind: 'line', line: { node, number: place.number - 1 } });
    else if (place.number > (this.extent?.rows ?? 0))
      return `There are ${whole.format(this.extent?.rows ?? 0)} lines${filters.level === 'none' ? '' : ' that pass the filters'}.`;
    else this.list.showRow(place.number - 1);
    this.closeGoTo();
    return undefined;
  };

  private readonly closeGoTo = (): void => {
    this.goingTo = false;
    this.focusLog();
  };

  private readonly onSelect = (selection: RowSelection | undefined): void => {
    this.selection = selection;
  };

  private readonly selectAll = (): void => {
    const rows = this.extent?.rows ?? 0;
    if (rows > 0) this.selection = { anchor: 0, head: rows - 1 };
    this.focusLog();
  };

  private readonly clear = (): void => {
    this.selection = undefined;
    this.focusLog();
  };

  private readonly copy = (): void => {
    const range = this.range();
    if (range) void run.tried(ask(copyRows, range));
  };

  private readonly openSelected = (): void => {
    const range = this.range();
    if (range) void run.tried(ask(openRows, range));
  };

  private range(): LogRange | undefined {
    return this.selection && { view: run.saved.log.view, ...selectedRows(this.selection) };
  }

  private readonly look = (part: Partial<LogView>): void => {
    this.selection = undefined;
    this.hit = undefined;
    this.keep({ view: { ...run.saved.log.view, ...part } });
  };

  private readonly onFollow = (follow: boolean): void => {
    if (run.saved.log.follow !== follow) this.keep({ follow });
  };

  private readonly onExtent = (extent: LogExtent): void => {
    this.extent = extent;
  };

  private readonly onWhole = ({ node, number }: LineId): void => {
    this.whole = { node, number };
  };

  private readonly onClose = (): void => {
    this.whole = undefined;
    this.focusLog();
  };

  private focusLog(): void {
    this.querySelector<HTMLElement>('.log-scroll')?.focus();
  }

  private readonly keep = (part: Partial<SavedLog>): void => {
    run.keep({ log: { ...run.saved.log, ...part } });
    this.requestUpdate();
  };
}
