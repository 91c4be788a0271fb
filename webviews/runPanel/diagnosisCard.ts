import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { readDiagnosis } from '../../src/protocol/runPanel';
import type { DiagnosisView, EvidenceView, FindingView } from '../../src/protocol/runPanel';
import { ask } from '../shared/host';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import { oneAtATime } from '../shared/oneAtATime';
import { clockText, exactText } from '../shared/times';
import { rightSize } from './rightSize';
import { messageOf, run } from './runModel';

/** Milliseconds between two looks while samples come in, and after which one without samples is worth a look. */
const often = 5000;
const rarely = 30_000;

/** Why the run does not go well, what shows it and what to try; after the run, what size would have done. Empty when all is well. */
@customElement('diagnosis-card')
export class DiagnosisCard extends LightElement {
  @state() private view: DiagnosisView | undefined;
  @state() private problem: string | undefined;
  @state() private open: ReadonlySet<string> = new Set();
  /** Changes only with the set of findings: numbers that move are not read out. */
  @state() private announced = '';
  private readAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(run.changed, this.load);
    this.listen(run.metricsGrew, () => {
      this.soon(often);
    });
    this.listen(run.ticked, () => {
      this.soon(rarely);
    });
    this.atEnd(() => {
      clearTimeout(this.timer);
      this.timer = undefined;
    });
    this.load();
  }

  protected override render(): TemplateResult {
    const { view, problem } = this;
    return html`
      <p class="unseen" role="status">${this.announced}</p>
      ${
        problem === undefined
          ? nothing
          : html`<p class="problem" role="alert">The run could not be judged: ${problem}</p>`
      }
      ${
        view && view.findings.length > 0
          ? html`<section class="diagnosis" aria-labelledby="diagnosis-title">
              <h2 id="diagnosis-title" class="unseen">What holds this run up</h2>
              ${repeat(
                view.findings,
                ({ id }) => id,
                (finding) => this.finding(finding),
              )}
            </section>`
          : nothing
      }
      ${view?.healthy ? html`<p class="diagnosis-healthy">${icon('pass')} ${view.healthy}</p>` : nothing}
      ${view?.rightSize ? rightSize(view.rightSize) : nothing}
    `;
  }

  private finding({ id, severity, title, advice, evidence }: FindingView): TemplateResult {
    const open = this.open.has(id);
    return html`<article class="finding finding-${severity}" aria-labelledby="finding-${id}">
      <div class="finding-head">
        <h3 id="finding-${id}">
          ${icon(severity, severity === 'error' ? 'Error:' : 'Warning:')} <span>${title}.</span>
        </h3>
        <button
          class="chip"
          aria-expanded=${open ? 'true' : 'false'}
          aria-controls="evidence-${id}"
          @click=${() => {
            this.toggle(id);
          }}
        >
          Evidence ${icon(open ? 'chevron-up' : 'chevron-down')}
        </button>
      </div>
      <ul class="hints">
        ${advice.map((text) => html`<li>${icon('lightbulb', 'Try:')} <span>${text}</span></li>`)}
      </ul>
      <div id="evidence-${id}" class="evidence" ?hidden=${!open}>
        ${open ? evidenceTable(evidence) : nothing}
      </div>
    </article>`;
  }

  private toggle(id: string): void {
    const open = new Set(this.open);
    if (!open.delete(id)) open.add(id);
    this.open = open;
  }

  /** Reads again once `after` milliseconds have passed since the last time; at once asked for, told only once. */
  private soon(after: number): void {
    if (this.timer !== undefined || (after === rarely && Date.now() - this.readAt < after)) return;
    const wait = Math.max(0, this.readAt + after - Date.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.load();
    }, wait);
  }

  private readonly load = oneAtATime(
    async () => {
      this.readAt = Date.now();
      try {
        const view = await ask(readDiagnosis, undefined);
        this.announce(view);
        this.view = view;
        this.problem = undefined;
      } catch (error) {
        this.problem = messageOf(error);
      }
    },
    () => this.isConnected,
  );

  private announce({ findings }: DiagnosisView): void {
    const ids = (list: readonly FindingView[]) => list.map(({ id }) => id).join(' ');
    if (ids(findings) === ids(this.view?.findings ?? [])) return;
    this.announced =
      findings.length === 0
        ? 'Nothing holds this run up any more.'
        : findings.map(({ title }) => title).join('. ');
  }
}

function evidenceTable(evidence: readonly EvidenceView[]): TemplateResult {
  const placed = evidence.some(({ where }) => where !== '');
  const [from, to] = [
    Math.min(...evidence.map((one) => one.from)),
    Math.max(...evidence.map((one) => one.to)),
  ];
  return html`
    <div class="table-scroll">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Measured</th>
            <th scope="col">Value</th>
            ${placed ? html`<th scope="col">Where</th>` : nothing}
          </tr>
        </thead>
        <tbody>
          ${evidence.map(
            ({ name, value, where }) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td>${value}</td>
                ${placed ? html`<td>${where}</td>` : nothing}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="muted evidence-time">
      <span title="${exactText(from)} – ${exactText(to)}">From ${clockText(from)} to ${clockText(to)}.</span>
      <button
        class="link"
        @click=${() => {
          run.showTime(from, to);
        }}
      >
        Show in Metrics
      </button>
    </p>
  `;
}
