import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { NodeView } from '../../src/protocol/runPanel';
import { LightElement } from '../shared/lightElement';
import { toneOf } from '../shared/theme';
import { run } from './runModel';
import { stateOrder, stateText } from '../shared/states';

/** The job's nodes; what went wrong comes first. */
@customElement('node-table')
export class NodeTable extends LightElement {
  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(run.changed, () => {
      this.requestUpdate();
    });
  }

  protected override render(): TemplateResult | typeof nothing {
    const nodes = run.job?.nodes ?? [];
    const sorted = [...nodes].sort((a, b) => stateOrder[a.state] - stateOrder[b.state] || a.rank - b.rank);
    return html`<div class="table-scroll node-scroll" tabindex=${nodes.length > 8 ? 0 : nothing}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">State</th>
            <th scope="col">Phase</th>
            <th scope="col">Exit</th>
          </tr>
        </thead>
        <tbody>
          ${sorted.map(row)}
        </tbody>
      </table>
    </div>`;
  }
}

function row(node: NodeView): TemplateResult {
  return html`<tr>
    <th scope="row"><span class="node-mark ${toneOf(node.rank)}" aria-hidden="true"></span>${node.rank}</th>
    <td>${stateText(node.state)}</td>
    <td class="cut" title=${node.phase ?? nothing}>${node.phase ?? '–'}</td>
    <td class="cut" title=${node.reason ?? nothing}>${node.exit ?? '–'}</td>
  </tr>`;
}
