import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { compareTabs } from '../../src/protocol/comparePanel';
import type { CompareTab } from '../../src/protocol/comparePanel';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import { refusal } from '../shared/refusal';
import '../shared/tabList';
import { compare } from './compareModel';
import './diffTab';
import './overlayTab';
import './tableTab';

const contents: Record<CompareTab, () => TemplateResult> = {
  table: () => html`<table-tab></table-tab>`,
  charts: () => html`<overlay-tab></overlay-tab>`,
  diff: () => html`<diff-tab></diff-tab>`,
};

/** The whole page: what is compared, tabs, and the chosen tab's content, which exists only while it is shown. */
@customElement('compare-panel')
export class ComparePage extends LightElement {
  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(compare.changed, () => {
      this.requestUpdate();
    });
  }

  protected override render(): TemplateResult {
    if (compare.problem !== undefined) {
      return html`<div class="whole" role="alert">
        <h1>${icon('error')} The jobs can’t be compared</h1>
        <p>${compare.problem}</p>
        <p>Close this tab and run “Compare Jobs…” again.</p>
      </div>`;
    }
    if (!compare.rows) return html`<p class="empty" role="status">Reading the jobs…</p>`;
    if (compare.rows.size === 0) {
      return html`<div class="whole">
        <h1>${icon('git-compare')} No jobs to compare yet</h1>
        <p>Each job that you submit becomes a row here, with its parameters, metrics and cost.</p>
        <p>Submit one from the Jobs view.</p>
      </div>`;
    }
    const { tab } = compare.saved;
    const checked = compare.checkedRows.length;
    const titles: Record<CompareTab, string> = {
      table: 'Table',
      charts: checked > 0 ? `Charts (${checked})` : 'Charts',
      diff: 'Diff',
    };
    return html`
      <header class="compare-header">
        <h1 class="name">Compare Jobs</h1>
        ${this.checkedChip(checked)}
      </header>
      ${refusal(compare.refusal, () => {
        compare.refuse(undefined);
      })}
      <p class="notice-line" role="status">${compare.notice ?? ''}</p>
      <tab-list
        label="Views of the jobs"
        .tabs=${compareTabs.map((id) => ({ id, title: titles[id] }))}
        .chosen=${tab}
        .onChoose=${(chosen: CompareTab) => {
          compare.keep({ tab: chosen });
        }}
      ></tab-list>
      <main
        class="content content-${tab}"
        id="content"
        role="tabpanel"
        aria-labelledby="tab-${tab}"
        tabindex=${tab === 'table' ? nothing : '0'}
      >
        ${contents[tab]()}
      </main>
    `;
  }

  private checkedChip(checked: number): TemplateResult | typeof nothing {
    if (checked === 0)
      return html`<span class="muted"
        >Check runs to overlay their curves; check two to see their difference.</span
      >`;
    return html`<button
      class="chip"
      @click=${() => {
        compare.uncheckAll();
      }}
    >
      ${checked} checked ${icon('close', 'Uncheck all')}
    </button>`;
  }
}
