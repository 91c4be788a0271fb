import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { listOverlay } from '../../src/protocol/comparePanel';
import type { OverlayAxis, OverlayChart, SavedCharts } from '../../src/protocol/comparePanel';
import { ask, messageOf } from '../shared/host';
import { icon } from '../shared/icon';
import { LightElement } from '../shared/lightElement';
import { oneAtATime } from '../shared/oneAtATime';
import { smoothingControl } from '../shared/smoothingControl';
import { compare } from './compareModel';
import './overlayChart';
import type { OverlaidRun } from './overlayChart';

/** The curves of the checked runs over each other, a chart a metric. */
@customElement('overlay-tab')
export class OverlayTab extends LightElement {
  @state() private charts: readonly OverlayChart[] | undefined;
  @state() private problem: string | undefined;
  @state() private range: readonly [number, number] | null = null;
  private asked = '';
  private readonly load = oneAtATime(
    () => this.list(),
    () => this.isConnected,
  );

  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(compare.changed, () => {
      this.requestUpdate();
    });
    this.listen(compare.overlayGrew, () => {
      this.load();
    });
  }

  protected override render(): TemplateResult {
    const runs = overlaid();
    if (runs.length === 0) {
      return html`<p class="empty">
        No run is checked. Check up to ten in the table, with a click on their box or with Space, and their
        curves are drawn over each other here.
      </p>`;
    }
    if (this.problem !== undefined)
      return html`<p class="problem" role="alert">The metrics can’t be read: ${this.problem}</p>`;
    return html`${this.toolbar(runs)} ${this.content(runs)}`;
  }

  protected override updated(): void {
    const ids = overlaid().map(({ id }) => id);
    const asked = JSON.stringify(ids);
    if (asked === this.asked) return;
    this.asked = asked;
    if (ids.length > 0) this.load();
  }

  private content(runs: readonly OverlaidRun[]): TemplateResult {
    const { charts } = this;
    if (!charts) return html`<p class="empty" role="status">Reading metrics…</p>`;
    if (charts.length === 0)
      return html`<p class="empty">These runs have measured nothing yet: their logs hold no metrics.</p>`;
    return html`<div class="cards cards-large">
      ${repeat(
        charts,
        ({ id }) => id,
        (chart) =>
          html`<overlay-chart
            .chart=${chart}
            .runs=${runs}
            .settings=${compare.saved.charts}
            .axis=${chart.steps ? this.axis() : 'time'}
            .range=${chart.steps || this.axis() === 'time' ? this.range : null}
            .onRange=${this.zoom}
          ></overlay-chart>`,
      )}
    </div>`;
  }

  private toolbar(runs: readonly OverlaidRun[]): TemplateResult {
    const { charts } = compare.saved;
    return html`<div class="toolbar" role="toolbar" aria-label="Charts">
      <span class="muted">${runs.length} ${runs.length === 1 ? 'run' : 'runs'}</span>
      <label
        >Axis
        <select
          class="select"
          .value=${this.axis()}
          ?disabled=${!this.hasSteps()}
          title=${this.hasSteps() ? nothing : 'Not all of these metrics say their steps.'}
          @change=${(event: Event) => {
            this.range = null;
            keep({ axis: (event.target as HTMLSelectElement).value === 'step' ? 'step' : 'time' });
          }}
        >
          <option value="time">Time since the Start</option>
          <option value="step">Step</option>
        </select></label
      >
      ${smoothingControl(charts.smoothing, (smoothing) => {
        keep({ smoothing });
      })}
      <vscode-checkbox
        label="Log Axis"
        .checked=${charts.logAxis}
        @change=${() => {
          keep({ logAxis: !charts.logAxis });
        }}
      ></vscode-checkbox>
      ${
        this.range
          ? html`<button
              class="chip"
              @click=${() => {
                this.range = null;
              }}
            >
              ${icon('zoom-out')} Show all
            </button>`
          : nothing
      }
    </div>`;
  }

  private hasSteps(): boolean {
    return (this.charts ?? []).some(({ steps }) => steps);
  }

  private axis(): OverlayAxis {
    return this.hasSteps() ? compare.saved.charts.axis : 'time';
  }

  private readonly zoom = (range: readonly [number, number] | null): void => {
    this.range = range;
  };

  private async list(): Promise<void> {
    try {
      const ids = overlaid().map(({ id }) => id);
      this.charts = await ask(listOverlay, ids);
      this.problem = undefined;
    } catch (error) {
      this.problem = messageOf(error);
    }
  }
}

function keep(part: Partial<SavedCharts>): void {
  compare.keep({ charts: { ...compare.saved.charts, ...part } });
}

/** The checked runs with their colours; runs of one name are told apart by the end of their ids. */
function overlaid(): readonly OverlaidRun[] {
  const rows = compare.checkedRows;
  return rows.map(({ id, name }) => {
    const twice = rows.filter((row) => row.name === name).length > 1;
    return { id, label: twice ? `${name} (${id.slice(-6)})` : name, colour: compare.slotOf(id) ?? 0 };
  });
}
