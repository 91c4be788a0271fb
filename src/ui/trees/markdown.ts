import type { Tooltip } from './row';

/** Text from a job or a platform on one line, without control and direction-changing characters. */
export function oneLine(text: string, longest = 200): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
  if (clean.length <= longest) return clean;
  // Never half of a character that takes two units.
  return `${clean.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** The editor cuts a row at its right: of a side bar of usual width this leaves the other half for state and price. */
const longestName = 24;

/** A name of which both ends stay: those of one kind often differ only there. */
export function shortName(name: string, longest = longestName): string {
  const characters = Array.from(oneLine(name, 1000));
  if (characters.length <= longest) return characters.join('');
  const end = Math.floor((longest - 1) * 0.4);
  return `${characters.slice(0, longest - 1 - end).join('')}…${characters.slice(-end).join('')}`;
}

/** Text that Markdown shows as it is, also in a table. */
export function escapeMarkdown(text: string): string {
  return oneLine(text, 500)
    .replace(/[\\`*_{}[\]()#+\-.!|~$:@/]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** The tooltip's table. Its only links run our own commands. */
export function tooltipMarkdown(tooltip: Tooltip): string {
  const links = (tooltip.links ?? []).map(
    ({ title, command, arguments: words }) =>
      `[${escapeMarkdown(title)}](command:${command}?${encodeURIComponent(JSON.stringify(words))})`,
  );
  return [
    `**${escapeMarkdown(tooltip.title)}**`,
    '',
    ...(tooltip.facts.length > 0 ? ['| | |', '|:--|:--|'] : []),
    ...tooltip.facts.map(([name, value]) => `| ${escapeMarkdown(name)} | ${escapeMarkdown(value)} |`),
    ...(links.length > 0 ? ['', links.join(' · ')] : []),
  ].join('\n');
}
