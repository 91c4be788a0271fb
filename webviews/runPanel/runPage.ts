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
import { run } from './runModel';
import './specTab';

const titles: Record<RunTab, string> = {
  overview: 'Overview',
  logs: 'Logs',
  metrics: 'Metrics',
  spec: 'Spec',
  outputs: 'Outputs',
};

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
      <div class="tabs" role="tablist" aria-label="Views of this job" @keydown=${this.onKey}>
        ${runTabs.map((one) => this.tabButton(one, tab))}
      </div>
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

  private tabButton(tab: RunTab, chosen: RunTab): TemplateResult {
    return html`<button
      class="tab"
      id="tab-${tab}"
      role="tab"
      aria-selected=${tab === chosen ? 'true' : 'false'}
      aria-controls="content"
      tabindex=${tab === chosen ? 0 : -1}
      @click=${() => {
        run.showTab(tab);
      }}
    >
      ${titles[tab]}
    </button>`;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const now = runTabs.indexOf(run.saved.tab);
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: now - 1,
      ArrowRight: now + 1,
      Home: 0,
      End: runTabs.length - 1,
    };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const tab = runTabs[(to + runTabs.length) % runTabs.length] ?? 'overview';
    run.showTab(tab);
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(`#tab-${tab}`)?.focus());
  };

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
