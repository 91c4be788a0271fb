import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { ChoiceView, RightSizeView } from '../../src/protocol/runPanel';
import { icon } from '../shared/icon';

/** What size of machine would have done for a run that has ended. */
export function rightSize({ title, facts, choices, warnings, notes }: RightSizeView): TemplateResult {
  const caveats = choices.filter((choice) => choice.caveats.length > 0);
  return html`<section class="right-size" aria-labelledby="right-size-title">
    <h2 id="right-size-title">${icon('server')} <span>Right size: ${title}</span></h2>
    ${
      facts.length > 0
        ? html`<p class="right-size-facts">
            ${facts.map(({ name, value }) => html`<span>${name} <strong>${value}</strong></span>`)}
          </p>`
        : nothing
    }
    ${warnings.map((warning) => html`<p>${warning}</p>`)}
    ${
      choices.length > 0
        ? html`<ul class="choices">
            ${choices.map(row)}
          </ul>`
        : nothing
    }
    ${
      notes.length > 0
        ? html`<details>
            <summary>Before you change</summary>
            ${
              caveats.length > 0
                ? html`<dl class="caveats">
                    ${caveats.map(
                      (choice) =>
                        html`<dt>${choice.machine}</dt>
                          ${choice.caveats.map((caveat) => html`<dd>${caveat}</dd>`)}`,
                    )}
                  </dl>`
                : nothing
            }
            ${notes.map((note) => html`<p class="muted">${note}</p>`)}
          </details>`
        : nothing
    }
  </section>`;
}

function row({ machine, gpus, price, saves }: ChoiceView): TemplateResult {
  return html`<li>
    <strong>${machine}</strong> <span>${gpus}</span>
    ${saves ? html`<span class="saves">${saves}</span>` : nothing}
    <span class="muted">${price}</span>
  </li>`;
}
