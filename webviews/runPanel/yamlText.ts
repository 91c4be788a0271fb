import { html } from 'lit';
import type { TemplateResult } from 'lit';

/** YAML with its keys and comments told apart. A reading aid, not a parser: what it does not know stays plain text. */
export function yamlText(text: string): readonly (TemplateResult | string)[] {
  return text.split('\n').map((line, index) => {
    const end = index === 0 ? '' : '\n';
    const comment = /^(\s*)(#.*)$/.exec(line);
    if (comment) return html`${end}${comment[1]}<span class="yaml-comment">${comment[2]}</span>`;
    const pair = /^(\s*(?:- +)?)([A-Za-z_][\w./-]*)(:)(\s.*)?$/.exec(line);
    if (pair) return html`${end}${pair[1]}<span class="yaml-key">${pair[2]}</span>${pair[3]}${pair[4] ?? ''}`;
    return end + line;
  });
}
