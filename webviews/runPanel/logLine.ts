import { html, nothing } from 'lit';
import type { ElementPart, TemplateResult } from 'lit';
import { Directive, directive } from 'lit/directive.js';
import type { LogRow, LogSpan } from '../../src/protocol/runLog';
import { matchedSpans, type MatchedSpan } from './matchedSpans';
import { toneOf } from '../shared/theme';
import { clockText, exactText } from '../shared/times';

/** A line's text in its colours. Log content only ever becomes text nodes. */
export function spans(
  all: readonly LogSpan[],
  matches?: LogRow['matches'],
): readonly (TemplateResult | string)[] {
  const pieces: readonly MatchedSpan[] = matches ? matchedSpans(all, matches) : all;
  return pieces.map((span) => {
    const classes = classesOf(span);
    const exact = typeof span.fg === 'string' || typeof span.bg === 'string';
    if (classes === '' && !exact) return span.text;
    return html`<span class=${classes} ${exact ? paint(span.fg, span.bg) : nothing}>${span.text}</span>`;
  });
}

/** The gutter of a row: its node, where there are several, and its time. */
export function gutter(row: LogRow, withNode: boolean): TemplateResult {
  const place = `Node ${row.node}, line ${row.number + 1}`;
  return html`<span
    class="gutter"
    aria-hidden="true"
    title=${row.t === undefined ? place : `${place}, ${exactText(row.t)}`}
    >${withNode ? html`<span class="gutter-node ${toneOf(row.node)}">${row.node}</span>` : nothing}<span
      class="gutter-time"
      >${row.t === undefined ? '' : clockText(row.t)}</span
    ></span
  >`;
}

function classesOf(span: MatchedSpan): string {
  const classes: string[] = [];
  if (typeof span.fg === 'number') classes.push(`fg-${span.fg}`);
  if (typeof span.bg === 'number') classes.push(`bg-${span.bg}`);
  for (const style of ['bold', 'dim', 'italic', 'underline', 'strike', 'inverse', 'match'] as const) {
    if (span[style]) classes.push(style);
  }
  return classes.join(' ');
}

type Colours = [fg: LogSpan['fg'], bg: LogSpan['bg']];

/** Exact colours go through the style object: the page's policy allows no style attributes. */
class Paint extends Directive {
  override render(...[]: Colours): unknown {
    return nothing;
  }

  override update(part: ElementPart, [fg, bg]: Colours): unknown {
    const { style } = part.element as HTMLElement;
    style.color = typeof fg === 'string' ? fg : '';
    style.backgroundColor = typeof bg === 'string' ? bg : '';
    return nothing;
  }
}

const paint = directive(Paint);
