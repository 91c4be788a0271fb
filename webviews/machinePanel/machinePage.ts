import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { MachineView } from '../../src/protocol/machinePanel';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import './gpuTable';
import './machineCharts';
import './machineHeader';
import { machine } from './machineModel';
import './processTable';

/** The whole page: what the machine is, its GPUs and who uses them, and its curves. */
@customElement('machine-panel')
export class MachinePage extends LightElement {
  private restored = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(machine.changed, () => {
      this.requestUpdate();
    });
  }

  protected override render(): TemplateResult {
    const { view, problem } = machine;
    if (problem !== undefined)
      return whole(
        'error',
        'This machine can’t be shown',
        problem,
        'Close this tab and watch the machine again from the Machines view.',
      );
    if (view === undefined) return html`<p class="empty" role="status">Looking for the machine…</p>`;
    if (view === null)
      return whole(
        'circle-slash',
        'This machine is no longer listed',
        'It was removed, or its connection is gone.',
        'Close this tab, or choose another machine in the Machines view.',
      );
    return html`
      <machine-header></machine-header>
      <main class="content" id="content" tabindex="0" aria-label="Live figures" @scroll=${this.onScroll}>
        ${notice(view)} ${view.live || view.state === 'attached' ? this.figures(view) : nothing}
      </main>
    `;
  }

  protected override updated(): void {
    const content = this.querySelector<HTMLElement>('#content');
    if (!content || this.restored || !machine.view?.live) return;
    this.restored = true;
    content.scrollTop = machine.saved.scroll;
  }

  private figures(view: MachineView): TemplateResult {
    // Who holds a GPU comes before the curves; that nobody does is no news.
    const busy = view.live && (view.processes?.length ?? 0) > 0;
    return html`
      ${view.gpus.length > 0 ? html`<gpu-table></gpu-table>` : nothing}
      ${busy ? html`<process-table></process-table>` : nothing}
      <machine-charts></machine-charts>
      ${view.live && !busy ? html`<process-table></process-table>` : nothing}
      ${view.live ? people(view) : nothing}
    `;
  }

  private readonly onScroll = (event: Event): void => {
    machine.keep({ scroll: (event.target as HTMLElement).scrollTop });
  };
}

/** Why there is nothing to see, or not all. */
function notice(view: MachineView): TemplateResult | typeof nothing {
  const { state, problem, live, gpuNote } = view;
  if (state === 'detached')
    return html`<section class="empty-state">
      <h2>Not attached</h2>
      ${problem === undefined ? nothing : html`<p class="problem" role="alert">${icon('error')} <span>${problem}</span></p>`}
      <p>
        Attach to the machine to see its GPUs, processors, memory, disks and network live, and who uses them.
      </p>
    </section>`;
  if (state !== 'attached')
    return html`<p class="notice" role="status">
      ${icon('sync')}
      ${state === 'attaching' ? 'Attaching…' : 'The connection broke, and is being made again.'} ${problem}
    </p>`;
  if (problem !== undefined) return html`<p class="problem" role="alert">${icon('warning')} ${problem}</p>`;
  if (!live) return html`<p class="notice" role="status">${icon('pulse')} Waiting for the first sample…</p>`;
  if (!gpuNote) return nothing;
  return html`<p class=${gpuNote.severity === 'warning' ? 'problem gpu-note' : 'notice'}>
    ${icon(gpuNote.severity)} <span>${gpuNote.text}</span>
  </p>`;
}

function people({ users }: MachineView): TemplateResult {
  return html`<section class="section" aria-labelledby="users-title">
    <div class="section-title"><h2 id="users-title">Logged in</h2></div>
    ${
      users.length === 0
        ? html`<p class="empty">Nobody has a terminal open.</p>`
        : html`<dl class="pairs">
            ${users.map(
              ({ user, from }) =>
                html`<div>
                  <dt>${user}</dt>
                  <dd>${from}</dd>
                </div>`,
            )}
          </dl>`
    }
  </section>`;
}

function whole(name: string, title: string, what: string, remedy: string): TemplateResult {
  return html`<div class="whole" role="alert">
    <h1>${icon(name)} ${title}</h1>
    <p>${what}</p>
    <p>${remedy}</p>
  </div>`;
}
