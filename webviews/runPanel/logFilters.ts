import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { LogExtent, LogView } from '../../src/protocol/runLog';

const whole = new Intl.NumberFormat();

/** What chooses lines by what they are; each is there only where there is something to choose. */
export function logFilters(
  view: LogView,
  extent: LogExtent | undefined,
  change: (part: Partial<LogView>) => void,
): TemplateResult {
  const { errors = 0, warnings = 0, ranks = [], setup = false } = extent ?? {};
  return html`
    ${
      errors + warnings > 0 || view.level !== 'none'
        ? choice('Level', view.level, levels(errors, warnings), (level) => {
            change({ level });
          })
        : nothing
    }
    ${
      ranks.length > 1 || view.rank !== null
        ? choice('Rank', text(view.rank), [['', 'All ranks'], ...ranks.map(rank)], (value) => {
            change({ rank: value === '' ? null : Number(value) });
          })
        : nothing
    }
    ${
      setup || view.stream !== null
        ? choice('Output of', view.stream ?? '', streams, (value) => {
            change({ stream: value === '' ? null : value });
          })
        : nothing
    }
  `;
}

const streams = [
  ['', 'All output'],
  ['setup', 'Setup'],
  ['run', 'Run'],
] as const;

type Choices<T extends string> = readonly (readonly [value: T, label: string])[];

function levels(errors: number, warnings: number): Choices<LogView['level']> {
  return [
    ['none', 'All levels'],
    ['info', 'Info and above'],
    ['warning', `Warnings and errors (${whole.format(warnings + errors)})`],
    ['error', `Errors (${whole.format(errors)})`],
  ];
}

function rank(number: number): readonly [string, string] {
  return [String(number), `Rank ${number}`];
}

function text(value: number | null): string {
  return value === null ? '' : String(value);
}

function choice<T extends string>(
  label: string,
  chosen: T,
  choices: Choices<T>,
  choose: (value: T) => void,
): TemplateResult {
  return html`<select
    class="select"
    title=${label}
    aria-label=${label}
    @change=${(event: Event) => {
      const found = choices.find(([value]) => value === (event.target as HTMLSelectElement).value);
      if (found) choose(found[0]);
    }}
  >
    ${choices.map(([value, words]) => html`<option value=${value} ?selected=${value === chosen}>${words}</option>`)}
  </select>`;
}
