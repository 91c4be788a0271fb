import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { JobView } from '../../src/protocol/runPanel';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import '../shared/menuButton';
import type { MenuItem } from '../shared/menuButton';
import { refusal } from '../shared/refusal';
import { dateText, exactText } from '../shared/times';
import { run } from './runModel';
import { stateText } from '../shared/states';

const more: readonly MenuItem[] = [
  { label: 'Open Job File', run: () => void run.act('openJobFile') },
  { label: 'Open Job Folder', run: () => void run.act('openFolder') },
  { label: 'Copy Job ID', run: () => void run.act('copyId') },
];

/** What the job is, how it is, what it costs, and what can be done. */
@customElement('run-header')
export class RunHeader extends LightElement {
  private spoken = '';

  override connectedCallback(): void {
    super.connectedCallback();
    for (const signal of [run.changed, run.ticked]) {
      this.listen(signal, () => {
        this.requestUpdate();
      });
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const { job } = run;
    if (!job) return nothing;
    return html`
      <header class="header">
        <div class="heading">
          <h1 class="name" title=${job.name}>${job.name}</h1>
          <span class="state-word" title="${job.connection} says: ${job.rawState}"
            >${stateText(job.state)}</span
          >
        </div>
        <div class="actions">
          ${this.stopButton(job)}
          ${
            job.elsewhere
              ? nothing
              : html`<vscode-button secondary @click=${() => run.act('resubmit')}>Resubmit…</vscode-button>`
          }
          <menu-button label="More Actions…" .items=${more}></menu-button>
        </div>
        <ul class="facts" aria-label="Facts">
          ${facts(job).map(({ text, title }) => html`<li title=${title ?? nothing}>${text}</li>`)}
        </ul>
      </header>
      ${
        job.unheard === undefined
          ? nothing
          : html`<div class="refusal" role="status">
              ${icon('warning')}<span>This is what was last heard. ${job.unheard}</span>
            </div>`
      }
      ${refusal(run.refusal, this.dismiss)}
      <div class="unseen" role="status" aria-live="polite">${this.announcement(job)}</div>
    `;
  }

  private stopButton(job: JobView): TemplateResult | typeof nothing {
    if (job.ended) return nothing;
    const stopping = job.state === 'stopping';
    return html`<vscode-button ?disabled=${stopping} @click=${() => run.act('stop')}>
      ${stopping ? 'Stopping…' : 'Stop'}
    </vscode-button>`;
  }

  /** Spoken when the state changes, and not at the first sight of it. */
  private announcement(job: JobView): string {
    const now = `${job.name} is ${job.state}${job.ended && job.reason ? `: ${job.reason}` : ''}`;
    const first = this.spoken === '';
    if (first) this.spoken = now;
    return this.spoken === now ? '' : now;
  }

  private readonly dismiss = (): void => {
    run.refuse(undefined);
  };
}

function facts(job: JobView): { text: string; title?: string }[] {
  const clock = run.clock ?? job.clock;
  const nodes = job.nodes.length;
  const began = job.startedAt ?? job.createdAt;
  return [
    { text: job.connection, title: 'Connection' },
    { text: `${nodes} node${nodes === 1 ? '' : 's'}` },
    {
      text: `${job.startedAt === undefined ? 'submitted' : 'started'} ${dateText(began, Date.now())}`,
      title: exactText(began),
    },
    {
      text: clock.elapsed,
      title: job.endedAt === undefined ? 'Elapsed' : `Ended ${exactText(job.endedAt)}`,
    },
    { text: clock.cost, title: `Cost so far, at ${clock.price}` },
    ...job.facts.map(({ text, detail }) => ({ text, ...(detail !== undefined && { title: detail }) })),
  ];
}
