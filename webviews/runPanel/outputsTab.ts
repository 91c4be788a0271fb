import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { downloadOutput, openOutput, readOutputs } from '../../src/protocol/runPanel';
import type { OutputsView, OutputView } from '../../src/protocol/runPanel';
import { ask } from '../shared/host';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import { messageOf, run } from './runModel';

/** Files of one output listed before one asks for all. */
const fewFiles = 200;

const example = `trainyard:
  outputs:
    model: ./model`;

/** What the job left. */
@customElement('outputs-tab')
export class OutputsTab extends LightElement {
  @state() private view: OutputsView | undefined;
  @state() private problem: string | undefined;
  @state() private downloading: ReadonlySet<string> = new Set();
  @state() private whole: ReadonlySet<string> = new Set();
  private state = '';

  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(run.changed, () => {
      // Outputs come when a node ends.
      if (this.state !== this.stateNow()) void this.load();
    });
    void this.load();
  }

  protected override render(): TemplateResult {
    if (this.problem !== undefined) {
      return html`<p class="problem" role="alert">The outputs can’t be listed: ${this.problem}</p>`;
    }
    const { view } = this;
    if (!view) return html`<p class="empty" role="status">Listing outputs…</p>`;
    const ended = run.job?.ended ?? false;
    const names = new Set(view.outputs.map(({ name }) => name));
    const absent = view.promised.filter((name) => !names.has(name));
    if (view.outputs.length === 0 && absent.length === 0) return nothingPromised();
    return html`
      ${
        view.outputs.length > 0
          ? html`<div class="toolbar">
              ${
                view.outputs.some(({ onThisComputer }) => onThisComputer)
                  ? html`<vscode-button secondary @click=${() => run.act('revealOutputs')}
                      >Reveal Folder</vscode-button
                    >`
                  : nothing
              }
              <vscode-button secondary @click=${() => void this.load()}>Refresh</vscode-button>
            </div>`
          : nothing
      }
      ${view.outputs.map((output) => this.output(output))}
      ${absent.map(
        (name) =>
          html`<section class="section">
            <div class="section-title"><h2>${name}</h2></div>
            <p class="empty">
              ${ended ? 'The job left nothing here.' : 'Not yet: outputs are collected when the job ends.'}
            </p>
          </section>`,
      )}
    `;
  }

  private output(output: OutputView): TemplateResult {
    const all = this.whole.has(output.name);
    const shown = all ? output.files : output.files.slice(0, fewFiles);
    return html`<section class="section">
      <div class="section-title">
        <h2>${output.name}</h2>
        <span class="muted"
          >${output.files.length} ${output.files.length === 1 ? 'file' : 'files'} · ${output.size}</span
        >
        ${output.onThisComputer || run.job?.ended !== true ? nothing : this.download(output.name)}
      </div>
      ${output.files.length === 0 ? html`<p class="empty">The folder is empty.</p>` : nothing}
      <ul class="files">
        ${shown.map(
          ({ path, size }) =>
            html`<li>
              ${
                output.onThisComputer
                  ? html`<button
                      class="link file-name"
                      title="Open ${path}"
                      @click=${() => run.tried(ask(openOutput, { name: output.name, path }))}
                    >
                      ${icon('file')} ${path}
                    </button>`
                  : html`<span class="file-name" title=${path}>${icon('file')} ${path}</span>`
              }
              <span class="file-size">${size}</span>
            </li>`,
        )}
      </ul>
      ${
        shown.length < output.files.length
          ? html`<button
              class="link"
              @click=${() => {
                this.whole = new Set([...this.whole, output.name]);
              }}
            >
              Show all ${output.files.length} files
            </button>`
          : nothing
      }
    </section>`;
  }

  private download(name: string): TemplateResult {
    const busy = this.downloading.has(name);
    return html`<vscode-button
      secondary
      ?disabled=${busy}
      aria-label="Download ${name}"
      title="Bring ${name} to this computer"
      @click=${() => void this.bring(name)}
      >${busy ? 'Downloading…' : 'Download'}</vscode-button
    >`;
  }

  private async bring(name: string): Promise<void> {
    this.downloading = new Set([...this.downloading, name]);
    await run.tried(ask(downloadOutput, { name }));
    this.downloading = new Set([...this.downloading].filter((one) => one !== name));
    await this.load();
  }

  private async load(): Promise<void> {
    this.state = this.stateNow();
    try {
      this.view = await ask(readOutputs, undefined);
      this.problem = undefined;
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  private stateNow(): string {
    return (run.job?.nodes ?? []).map(({ state }) => state).join(' ');
  }
}

function nothingPromised(): TemplateResult {
  return html`<section class="empty-state">
    <h2>This job keeps no outputs</h2>
    <p>Folders that the job file names under <code>trainyard.outputs</code> are kept when the job ends:</p>
    <pre class="code"><code>${example}</code></pre>
  </section>`;
}
