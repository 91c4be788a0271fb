import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { CompareColumn } from '../../src/protocol/comparePanel';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import '../shared/menuButton';
import type { MenuItem } from '../shared/menuButton';
import { compare } from './compareModel';
import './runTable';

const headings: Record<CompareColumn['group'], string> = {
  run: 'Run',
  parameter: 'Parameters',
  metric: 'Metrics',
};

const examples = 'Words, or comparisons: lr>0.01 accuracy>=0.9 duration<1h state:failed starred checked';

/** All runs, with what is picked, sorted and filtered. */
@customElement('table-tab')
export class TableTab extends LightElement {
  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(compare.changed, () => {
      this.requestUpdate();
    });
  }

  protected override render(): TemplateResult {
    const { table, saved, notes } = compare;
    return html`
      <div class="toolbar compare-toolbar" role="toolbar" aria-label="Table">
        <input
          class="filter"
          type="search"
          placeholder="Filter: lr>0.01 state:failed"
          aria-label="Filter runs"
          aria-describedby="filter-problem"
          aria-invalid=${table.problem === undefined ? 'false' : 'true'}
          title=${examples}
          spellcheck="false"
          .value=${saved.filter}
          @input=${(event: Event) => {
            compare.keep({ filter: (event.target as HTMLInputElement).value });
          }}
        />
        <button
          class="chip"
          aria-pressed=${saved.starredFirst ? 'true' : 'false'}
          @click=${() => {
            compare.keep({ starredFirst: !saved.starredFirst });
          }}
        >
          ${icon('star-full')} Starred First
        </button>
        ${this.equalChip()}
        <menu-button label="Choose columns" text="Columns" .items=${this.columnItems()}></menu-button>
        <span class="spring"></span>
        <span class="muted" role="status">${this.status()}</span>
        <vscode-button
          secondary
          ?disabled=${table.rows.length === 0}
          @click=${() => void compare.exportCsv()}
        >
          Export CSV…
        </vscode-button>
      </div>
      <p class="filter-problem" id="filter-problem" role="alert">${table.problem ?? ''}</p>
      ${notes.map((note) => html`<p class="notice">${icon('info')} ${note}</p>`)}
      <run-table .view=${table}></run-table>
      ${
        table.rows.length === 0
          ? html`<p class="empty grid-empty">
              No run fits the filter.
              <button
                class="link"
                @click=${() => {
                  compare.keep({ filter: '' });
                }}
              >
                Show all
              </button>
            </p>`
          : nothing
      }
    `;
  }

  private status(): string {
    const { reading, rows } = compare;
    if (reading.done < reading.total) return `Reading logs: ${reading.done} of ${reading.total}`;
    const all = rows?.size ?? 0;
    const shown = compare.table.rows.length;
    return shown === all ? `${all} ${all === 1 ? 'run' : 'runs'}` : `${shown} of ${all} runs`;
  }

  private equalChip(): TemplateResult | typeof nothing {
    const { equal } = compare.table;
    if (equal.length === 0) return nothing;
    const shown = compare.saved.equal;
    const count = `${equal.length} equal ${equal.length === 1 ? 'column' : 'columns'}`;
    return html`<button
      class="chip"
      aria-pressed=${shown ? 'true' : 'false'}
      title=${equal.map(({ title }) => title).join('\n')}
      @click=${() => {
        compare.keep({ equal: !shown });
      }}
    >
      ${icon(shown ? 'eye' : 'eye-closed')} ${count} ${shown ? 'shown' : 'hidden'}
    </button>`;
  }

  private columnItems(): readonly MenuItem[] {
    const { table, columns, saved } = compare;
    const shown = new Set(table.columns.map(({ id }) => id));
    const items = columns
      .filter(({ id }) => id !== 'name')
      .map(({ id, title, group }): MenuItem => {
        const checked = shown.has(id);
        const run = () => {
          compare.keep({ columns: { ...saved.columns, [id]: !checked } });
        };
        return { label: title, checked, heading: headings[group], run };
      });
    const reset = () => {
      compare.keep({ columns: {} });
    };
    return [{ label: 'Reset', run: reset }, ...items];
  }
}
