import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { MachineView } from '../../src/protocol/machinePanel';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import { refusal } from '../shared/refusal';
import { machine } from './machineModel';

/** State by shape, word and colour, never by colour alone. */
const looks: Record<
  MachineView['state'],
  { readonly icon: string; readonly tone: string; readonly spin?: true }
> = {
  detached: { icon: 'vm-outline', tone: 'stopped' },
  attaching: { icon: 'loading', tone: 'running', spin: true },
  attached: { icon: 'vm-active', tone: 'succeeded' },
  reconnecting: { icon: 'debug-disconnect', tone: 'unknown' },
};

/** What the machine is, how it is, what it costs, and what can be done. */
@customElement('machine-header')
export class MachineHeader extends LightElement {
  private spoken = '';

  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(machine.changed, () => {
      this.requestUpdate();
    });
  }

  protected override render(): TemplateResult | typeof nothing {
    const { view } = machine;
    if (!view) return nothing;
    const look = looks[view.state];
    return html`
      <header class="header">
        <div class="heading">
          <h1
            class="name"
            title=${[view.id, ...view.about.map(({ name, value }) => `${name}: ${value}`)].join('\n')}
          >
            ${view.label}
          </h1>
          <span class="state-word"
            ><span class="state state-${look.tone}"
              >${icon(look.icon, undefined, look.spin)} ${view.state}</span
            ></span
          >
        </div>
        <div class="actions">
          ${
            view.state === 'detached'
              ? html`<vscode-button @click=${() => machine.act('attach')}>Attach</vscode-button>`
              : html`<vscode-button secondary @click=${() => machine.act('detach')}>Detach</vscode-button>`
          }
          <vscode-button secondary @click=${() => machine.act('openTerminal')}>Open Terminal</vscode-button>
        </div>
        <ul class="facts" aria-label="Facts">
          ${view.facts.map(({ name, value }) => html`<li title=${name}>${value}</li>`)}
        </ul>
      </header>
      ${refusal(machine.refusal, () => {
        machine.refuse(undefined);
      })}
      <div class="unseen" role="status" aria-live="polite">${this.announcement(view)}</div>
    `;
  }

  /** Spoken when the state changes, and not at the first sight of it. */
  private announcement({ label, state }: MachineView): string {
    const now = `${label} is ${state}`;
    if (this.spoken === '') this.spoken = now;
    return this.spoken === now ? '' : now;
  }
}
