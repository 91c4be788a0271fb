import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ProcessView } from '../../src/protocol/machinePanel';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import { machine } from './machineModel';

/** Who holds the GPUs' memory. */
@customElement('process-table')
export class ProcessTable extends LightElement {
  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(machine.changed, () => {
      this.requestUpdate();
    });
  }

  protected override render(): TemplateResult | typeof nothing {
    const { view } = machine;
    if (!view || (view.gpus.length === 0 && !view.processes?.length)) return nothing;
    return html`<section class="section" aria-labelledby="processes-title">
      <div class="section-title"><h2 id="processes-title">Processes on GPUs</h2></div>
      ${this.content(view.processes)}
    </section>`;
  }

  private content(processes: readonly ProcessView[] | null): TemplateResult {
    if (processes === null)
      return html`<p class="empty">Which processes are on the GPUs is not known: the tool does not tell.</p>`;
    if (processes.length === 0) return html`<p class="empty">No process holds GPU memory.</p>`;
    return html`<div class="table-scroll" tabindex="0" role="region" aria-labelledby="processes-title">
      <table class="table">
        <thead>
          <tr>
            <th scope="col" class="number">GPU</th>
            <th scope="col" class="number">Memory</th>
            <th scope="col">User</th>
            <th scope="col" class="number">PID</th>
            <th scope="col">Command</th>
            <th scope="col">Notebook</th>
            <th scope="col">Started</th>
            <th scope="col"><span class="unseen">Stop</span></th>
          </tr>
        </thead>
        <tbody>
          ${repeat(processes, ({ gpu, pid }) => `${gpu}/${pid}`, row)}
        </tbody>
      </table>
    </div>`;
  }
}

function row(process: ProcessView): TemplateResult {
  const { gpu, memory, user, pid, command, owner, started, start } = process;
  const label = `Stop Process ${pid}${user === '' ? '' : ` of ${user}`}`;
  return html`<tr>
    <td class="number">${gpu || '–'}</td>
    <td class="number">${memory || '–'}</td>
    <td>${user || '–'}</td>
    <th scope="row" class="number">${pid}</th>
    <td class="cut command" title=${command}>${command}</td>
    <td class="cut" title=${owner || nothing}>${owner || '–'}</td>
    <td>${started || '–'}</td>
    <td class=${start === undefined ? nothing : 'stop'}>
      ${
        start === undefined
          ? html`<span class="muted" title="It can’t be seen from where we are, as from within a container."
              >not ours to stop</span
            >`
          : html`<button
              class="icon-button"
              aria-label=${label}
              title=${label}
              @click=${() => machine.stop(process)}
            >
              ${icon('debug-stop')}
            </button>`
      }
    </td>
  </tr>`;
}
