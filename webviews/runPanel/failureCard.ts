import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { openFrame, readFailure } from '../../src/protocol/runPanel';
import type { FailureView, FrameView } from '../../src/protocol/runPanel';
import { ask } from '../shared/host';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import { spans } from './logLine';
import { messageOf, run } from './runModel';

/** Frames shown before one asks for all. */
const fewFrames = 6;

/** Why a job failed, where, and what can be done. */
@customElement('failure-card')
export class FailureCard extends LightElement {
  @state() private failure: FailureView | null | undefined;
  @state() private problem: string | undefined;
  @state() private allFrames = false;
  private loading: Promise<void> = Promise.resolve();

  override connectedCallback(): void {
    super.connectedCallback();
    this.loading = this.load();
  }

  protected override render(): TemplateResult {
    const { failure } = this;
    const reason = failure?.reason ?? run.job?.reason ?? 'The job failed.';
    return html`<section class="failure" aria-labelledby="failure-title">
      <h2 id="failure-title">${icon('error')} <span>${reason}</span></h2>
      ${failure?.error === undefined || reason.includes(failure.error) ? nothing : html`<p class="failure-error">${failure.error}</p>`}
      ${failure ? this.where(failure) : nothing}
      ${
        this.problem === undefined
          ? nothing
          : html`<p class="problem" role="alert">
              The log could not be searched for the cause: ${this.problem}
            </p>`
      }
      ${
        failure && failure.lines.length > 0
          ? html`<pre class="failure-lines" tabindex="0" aria-label="The log from the first error on">
${failure.lines.map((line) => html`<span class="failure-line">${spans(line)}</span>`)}</pre>`
          : nothing
      }
      ${
        failure && failure.hints.length > 0
          ? html`<ul class="hints">
              ${failure.hints.map((hint) => html`<li>${icon('lightbulb', 'Hint:')} <span>${hint}</span></li>`)}
            </ul>`
          : nothing
      }
      <div class="failure-actions">
        ${
          run.job?.elsewhere
            ? nothing
            : html`<vscode-button @click=${() => run.act('resubmit')}>Resubmit…</vscode-button>
                <vscode-button secondary @click=${() => run.act('editJobFile')}>Edit Job File</vscode-button>`
        }
        <vscode-button secondary @click=${() => void this.openLogs()}>Open Logs</vscode-button>
      </div>
    </section>`;
  }

  private where({ node, rank, exit, frames }: FailureView): TemplateResult {
    const facts = [
      node === undefined || run.job?.nodes.length === 1 ? '' : `node ${node}`,
      rank === undefined ? '' : `rank ${rank}`,
      exit ?? '',
    ].filter((fact) => fact !== '');
    // The last frame is where it happened; the user's own files are what can be mended.
    const ordered = frames.map((frame, index) => ({ frame, index })).reverse();
    const shown = this.allFrames ? ordered : ordered.slice(0, fewFrames);
    return html`
      ${facts.length > 0 ? html`<p class="failure-where">${facts.join(' · ')}</p>` : nothing}
      ${
        frames.length > 0
          ? html`<ol class="frames" aria-label="Call stack, innermost first">
              ${shown.map(({ frame, index }) => html`<li>${this.frame(frame, index)}</li>`)}
            </ol>`
          : nothing
      }
      ${
        shown.length < ordered.length
          ? html`<button
              class="link"
              @click=${() => {
                this.allFrames = true;
              }}
            >
              Show all ${ordered.length} frames
            </button>`
          : nothing
      }
    `;
  }

  private frame(frame: FrameView, index: number): TemplateResult {
    const place = `${frame.file}:${frame.line}`;
    return frame.canOpen
      ? html`<button
            class="link frame"
            title="Open ${place}"
            @click=${() => run.tried(ask(openFrame, index))}
          >
            ${frame.label}:${frame.line}</button
          ><span class="frame-function">${frame.function}</span>`
      : html`<span class="frame" title=${place}>${frame.label}:${frame.line}</span
          ><span class="frame-function">${frame.function}</span>`;
  }

  private readonly openLogs = async (): Promise<void> => {
    run.showTab('logs');
    // Who is quicker than the answer is taken there with it, unless they went on meanwhile.
    await this.loading;
    const { failure } = this;
    if (run.saved.tab !== 'logs' || failure?.node === undefined || failure.firstLine === undefined) return;
    run.showLine({ node: failure.node, number: failure.firstLine });
  };

  private async load(): Promise<void> {
    try {
      this.failure = await ask(readFailure, undefined);
    } catch (error) {
      this.problem = messageOf(error);
    }
  }
}
