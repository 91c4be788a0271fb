import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { readSpec } from '../../src/protocol/runPanel';
import type { Fact, SpecView } from '../../src/protocol/runPanel';
import { ask } from '../shared/host';
import { LightElement } from '../shared/lightElement';
import { messageOf, run } from './runModel';
import { yamlText } from './yamlText';

/** What the job ran with. */
@customElement('spec-tab')
export class SpecTab extends LightElement {
  @state() private spec: SpecView | undefined;
  @state() private problem: string | undefined;
  @state() private copied = false;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  protected override render(): TemplateResult {
    if (this.problem !== undefined) {
      return html`<p class="problem" role="alert">The job’s spec can’t be read: ${this.problem}</p>`;
    }
    const { spec } = this;
    if (!spec) return html`<p class="empty" role="status">Reading the job file…</p>`;
    const tables = html`<div>
      ${table('Run', spec.facts, '')} ${table('Environment', spec.envs, 'No environment variables are set.')}
    </div>`;
    // It was started without a job file.
    if (run.job?.elsewhere)
      return html`<p class="empty">${spec.problem}</p>
        ${tables}`;
    return html`<div class="columns columns-spec">
      <section class="section" aria-labelledby="file-title">
        <div class="section-title">
          <h2 id="file-title">Job File, as It Ran</h2>
          ${
            spec.text === null
              ? nothing
              : html`<vscode-button secondary @click=${this.copy}
                  >${this.copied ? 'Copied' : 'Copy'}</vscode-button
                >`
          }
          <vscode-button secondary @click=${() => run.act('openJobFile')}>Open</vscode-button>
        </div>
        ${
          spec.text === null
            ? html`<p class="problem" role="alert">${spec.problem}</p>`
            : html`<pre
                class="code"
                tabindex="0"
                aria-labelledby="file-title"
              ><code>${yamlText(spec.text)}</code></pre>`
        }
      </section>
      ${tables}
    </div>`;
  }

  private readonly copy = (): void => {
    const text = this.spec?.text;
    if (typeof text !== 'string') return;
    void run.tried(
      navigator.clipboard.writeText(text).then(() => {
        this.copied = true;
      }),
    );
  };

  private async load(): Promise<void> {
    try {
      this.spec = await ask(readSpec, undefined);
    } catch (error) {
      this.problem = messageOf(error);
    }
  }
}

function table(title: string, facts: readonly Fact[], empty: string): TemplateResult {
  return html`<section class="section">
    <div class="section-title"><h2>${title}</h2></div>
    ${
      facts.length === 0
        ? html`<p class="empty">${empty}</p>`
        : html`<dl class="pairs">
            ${facts.map(
              ({ name, value }) =>
                html`<div>
                  <dt>${name}</dt>
                  <dd>${value}</dd>
                </div>`,
            )}
          </dl>`
    }
  </section>`;
}
