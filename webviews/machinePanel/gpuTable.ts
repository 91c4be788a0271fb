import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { GpuView } from '../../src/protocol/machinePanel';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import { markOf } from '../shared/theme';
import { machine } from './machineModel';

/** How each GPU is now, in the colours of its curves. */
@customElement('gpu-table')
export class GpuTable extends LightElement {
  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(machine.changed, () => {
      this.requestUpdate();
    });
  }

  protected override render(): TemplateResult {
    const gpus = machine.view?.gpus ?? [];
    return html`<section class="section" aria-labelledby="gpus-title">
      <div class="section-title"><h2 id="gpus-title">GPUs</h2></div>
      <div class="table-scroll" tabindex="0" role="region" aria-labelledby="gpus-title">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">GPU</th>
              <th scope="col">Use</th>
              <th scope="col" class="number">Memory</th>
              <th scope="col" class="number">Temperature</th>
              <th scope="col" class="number">Power</th>
              <th scope="col">Model</th>
            </tr>
          </thead>
          <tbody>
            ${gpus.map(row)}
          </tbody>
        </table>
      </div>
    </section>`;
  }
}

function row(gpu: GpuView): TemplateResult {
  const model = [gpu.name, gpu.note].filter((text) => text !== '').join(' · ');
  return html`<tr>
    <th scope="row"><span class="node-mark ${markOf(gpu.index)}" aria-hidden="true"></span>${gpu.index}</th>
    <td class=${gpu.answers ? '' : 'silent'}>
      ${gpu.answers ? nothing : icon('warning')}
      ${gpu.util === undefined ? nothing : html`<meter class="use" min="0" max="100" value=${gpu.util} aria-hidden="true"></meter>`}
      ${gpu.use}
    </td>
    <td class="number">${gpu.memory || '–'}</td>
    <td class="number">${gpu.temperature || '–'}</td>
    <td class="number">${gpu.power || '–'}</td>
    <td class="cut model" title=${model}>${model || '–'}</td>
  </tr>`;
}
