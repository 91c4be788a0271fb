import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { openDiff, readDiff } from '../../src/protocol/comparePanel';
import type { CompareRow, DiffRow, DiffSection, DiffView } from '../../src/protocol/comparePanel';
import { ask, messageOf } from '../shared/host';
import { LightElement } from '../shared/lightElement';
import { markOf } from '../shared/theme';
import { compare } from './compareModel';

/** What differs between the two runs that are checked. */
@customElement('diff-tab')
export class DiffTab extends LightElement {
  @state() private view: DiffView | undefined;
  @state() private problem: string | undefined;
  /** Whether what is equal is shown, too. */
  @state() private all = false;
  private asked = '';

  override connectedCallback(): void {
    super.connectedCallback();
    this.listen(compare.changed, () => {
      this.requestUpdate();
    });
  }

  protected override render(): TemplateResult {
    const [a, b, ...others] = compare.checkedRows;
    if (!a || !b || others.length > 0) {
      const count = compare.checkedRows.length;
      return html`<p class="empty">
        Check exactly two runs in the table to see what differs between them.
        ${count === 0 ? 'None is' : count === 1 ? 'One is' : `${count} are`} checked now.
      </p>`;
    }
    if (this.problem !== undefined)
      return html`<p class="problem" role="alert">The runs can’t be compared: ${this.problem}</p>`;
    if (!this.view) return html`<p class="empty" role="status">Reading the two runs…</p>`;
    const { sections, filesDiffer } = this.view;
    const shown = sections
      .map(({ title, rows }) => ({ title, rows: rows.filter((row) => this.all || row.a !== row.b) }))
      .filter(({ rows }) => rows.length > 0);
    const equal = sections.flatMap(({ rows }) => rows).filter((row) => row.a === row.b).length;
    return html`
      <div class="toolbar" role="toolbar" aria-label="Difference">
        <vscode-button
          secondary
          ?disabled=${filesDiffer === null}
          @click=${() => void compare.tried(ask(openDiff, { a: a.id, b: b.id }))}
          >Compare Job Files</vscode-button
        >
        <span class="muted"
          >${
            filesDiffer === null
              ? 'A job file can’t be read.'
              : filesDiffer
                ? 'Their job files differ.'
                : 'Their job files are the same.'
          }</span
        >
        <span class="spring"></span>
        <vscode-checkbox
          label="Show What Is Equal (${equal})"
          .checked=${this.all}
          @change=${() => {
            this.all = !this.all;
          }}
        ></vscode-checkbox>
      </div>
      ${shown.length === 0 ? html`<p class="empty">Nothing differs.</p>` : this.table(shown, a, b)}
    `;
  }

  protected override updated(): void {
    const ids = compare.checkedRows.map(({ id }) => id);
    // A run that goes on is read again when its row has changed.
    const asked =
      ids.length === 2 ? JSON.stringify(compare.checkedRows.map(({ id, state: now }) => [id, now])) : '';
    if (asked === this.asked) return;
    this.asked = asked;
    const [a, b] = ids;
    if (asked !== '' && a !== undefined && b !== undefined) void this.load(a, b, asked);
  }

  private table(sections: readonly DiffSection[], a: CompareRow, b: CompareRow): TemplateResult {
    return html`<table class="diff">
      <thead>
        <tr>
          <th scope="col"><span class="unseen">What</span></th>
          ${[a, b].map(
            (run) =>
              html`<th scope="col" title=${run.id}>
                <span class="legend-mark ${markOf(compare.slotOf(run.id) ?? 0)}" aria-hidden="true"></span
                >${run.name}
                <span class="muted">${run.id.slice(-6)}</span>
              </th>`,
          )}
        </tr>
      </thead>
      ${sections.map(
        ({ title, rows }) =>
          html`<tbody>
            <tr>
              <th class="diff-section" scope="rowgroup" colspan="3">${title}</th>
            </tr>
            ${rows.map(diffRow)}
          </tbody>`,
      )}
    </table>`;
  }

  private async load(a: string, b: string, asked: string): Promise<void> {
    try {
      const view = await ask(readDiff, { a, b });
      if (asked !== this.asked) return;
      this.view = view;
      this.problem = undefined;
    } catch (error) {
      if (asked === this.asked) this.problem = messageOf(error);
    }
  }
}

function diffRow({ name, a, b }: DiffRow): TemplateResult {
  const differs = a !== b;
  return html`<tr class=${differs ? 'differs' : nothing}>
    <th scope="row">${name}</th>
    <td class=${differs ? 'diff-a' : nothing}>${a ?? '–'}</td>
    <td class=${differs ? 'diff-b' : nothing}>${b ?? '–'}</td>
  </tr>`;
}
