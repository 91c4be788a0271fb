import type { Field } from './field';

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Ports in order, neighbours merged to ranges; `null` for none and after an error. */
export function readPorts(field: Field): readonly string[] | null {
  const found: Range[] = [];
  for (const item of field.kind === 'list' ? field.items() : [field]) {
    for (const token of item.text.split(',').map((part) => part.trim())) {
      if (token === '') continue;
      const range = portRange(token);
      if (!range)
        return item.error(`Expected a port from 1 to 65535, or a range such as 8000-8010, found "${token}"`);
      found.push(range);
    }
  }
  return found.length === 0
    ? null
    : merged(found).map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`));
}

function portRange(token: string): Range | undefined {
  const match = /^([0-9]+)(?:-([0-9]+))?$/.exec(token);
  if (!match) return undefined;
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  return from >= 1 && from <= to && to <= 65_535 ? { from, to } : undefined;
}

/** In order, with those that touch or overlap made one. */
function merged(ranges: readonly Range[]): readonly Range[] {
  const result: { from: number; to: number }[] = [];
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && from <= last.to + 1) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}
