import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { ChoiceView, RightSizeView } from '../../src/protocol/runPanel';
import { icon } from '../shared/icon';

/** What size of machine would have done for a run that has ended. */
export function rightSize({ title, facts, choices, notes }: RightSizeView): TemplateResult {
  return html`<section class="right-size" aria-labelledby="right-size-title">
    <h2 id="right-size-title">${icon('server')} <span>Right size: ${title}</span></h2>
    ${
      facts.length > 0
        ? html`<p class="right-size-facts">
            ${facts.map(({ name, value }) => html`<span>${name} <strong>${value}</strong></span>`)}
          </p>`
        : nothing
    }
    ${
      choices.length > 0
        ? html`<ul class="choices">
            ${choices.map(choice)}
          </ul>`
        : nothing
    }
    ${notes.map((note) => html`<p class="muted">${note}</p>`)}
  </section>`;
}

function choice({ machine, price, saves, caveats }: ChoiceView): TemplateResult {
  return html`<li>
    <p><strong>${machine}</strong>${saves ? html` · <span class="saves">${saves}</span>` : nothing}</p>
    <p class="muted">${price}</p>
    ${
      caveats.length > 0
        ? html`<ul class="caveats">
            ${caveats.map((caveat) => html`<li>${caveat}</li>`)}
          </ul>`
        : nothing
    }
  </li>`;
}
