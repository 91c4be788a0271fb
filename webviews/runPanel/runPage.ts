import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { runTabs } from '../../src/protocol/runPanel';
import type { RunTab } from '../../src/protocol/runPanel';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import './logsTab';
import './metricsTab';
import './outputsTab';
import './overviewTab';
import './runHeader';
import '../shared/tabList';
import { run } from './runModel';
import './specTab';

const titles: Record<RunTab, string> = {
  overview: 'Overview',
  logs: 'Logs',
  metrics: 'Metrics',
  spec: 'Spec',
  outputs: 'Outputs',
};

const tabs = runTabs.map((id) => ({ id, title: titles[id] }));

const contents: Record<RunTab, () => TemplateResult> = {
  overview: () => html`<overview-tab></overview-tab>`,
  logs: () => html`<logs-tab></logs-tab>`,
  metrics: () => html`<metrics-tab></metrics-tab>`,
  spec: () => html`<spec-tab></spec-tab>`,
  outputs: () => html`<outputs-tab></outputs-tab>`,
};

/** The whole page: header, tabs and the chosen tab's content, which exists only while it is shown. */
@customElement('run-panel')
export class RunPage extends LightElement {
  private drawn: RunTab | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(run.changed, () => {
      this.requestUpdate();
    });
  }

  protected override render(): TemplateResult {
    if (run.problem !== undefined) {
      return page(
        'error',
        'This job can’t be shown',
        run.problem,
        'Close this tab and open the job again from the Jobs view.',
      );
    }
    if (run.job === undefined) return html`<p class="empty" role="status">Opening the job…</p>`;
    if (run.job === null) {
      return page(
        'circle-slash',
        'This job was deleted',
        'Its record and its folder are gone.',
        'Close this tab, or choose another job in the Jobs view.',
      );
    }
    const { tab } = run.saved;
    return html`
      <run-header></run-header>
      <tab-list
        label="Views of this job"
        .tabs=${tabs}
        .chosen=${tab}
        .onChoose=${(chosen: RunTab) => {
          run.showTab(chosen);
        }}
      ></tab-list>
      <main
        class="content content-${tab}"
        id="content"
        role="tabpanel"
        aria-labelledby="tab-${tab}"
        tabindex=${tab === 'logs' ? nothing : '0'}
        @scroll=${this.onScroll}
      >
        ${contents[tab]()}
      </main>
    `;
  }

  protected override updated(): void {
    if (!run.job || this.drawn === run.saved.tab) return;
    this.drawn = run.saved.tab;
    this.restoreScroll();
  }

  private readonly onScroll = (event: Event): void => {
    const { scrollTop } = event.target as HTMLElement;
    run.keep({ scroll: { ...run.saved.scroll, [run.saved.tab]: scrollTop } });
  };

  /** Content comes in over the first moments: the place is tried for until it can be reached, or the user scrolls. */
  private restoreScroll(): void {
    const content = this.querySelector<HTMLElement>('#content');
    const wanted = run.saved.scroll[run.saved.tab] ?? 0;
    if (!content) return;
    content.scrollTop = wanted;
    if (wanted === 0 || Math.abs(content.scrollTop - wanted) < 2) return;
    const growing = new ResizeObserver(() => {
      content.scrollTop = wanted;
      if (Math.abs(content.scrollTop - wanted) < 2) growing.disconnect();
    });
    for (const child of content.children) growing.observe(child);
    const give = () => {
      growing.disconnect();
    };
    for (const type of ['wheel', 'keydown', 'pointerdown'])
      content.addEventListener(type, give, { once: true });
  }
}

function page(name: string, title: string, what: string, remedy: string): TemplateResult {
  return html`<div class="whole" role="alert">
    <h1>${icon(name)} ${title}</h1>
    <p>${what}</p>
    <p>${remedy}</p>
  </div>`;
}
