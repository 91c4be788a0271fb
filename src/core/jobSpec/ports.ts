import type { Field } from './field';

/** Ports in order, neighbours merged to ranges; `null` for none and after an error. */
export function readPorts(field: Field): readonly string[] | null {
  const ports = new Set<number>();
  for (const item of field.kind === 'list' ? field.items() : [field]) {
    for (const token of item.text.split(',').map((part) => part.trim())) {
      if (token === '') continue;
      const range = portRange(token);
      if (!range)
        return item.error(`Expected a port from 1 to 65535, or a range such as 8000-8010, found "${token}"`);
      for (let port = range.from; port <= range.to; port++) ports.add(port);
    }
  }
  return ports.size === 0 ? null : ranges([...ports].sort((a, b) => a - b));
}

function portRange(token: string): { from: number; to: number } | undefined {
  const match = /^([0-9]+)(?:-([0-9]+))?$/.exec(token);
  if (!match) return undefined;
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  return from >= 1 && from <= to && to <= 65_535 ? { from, to } : undefined;
}

function ranges(sorted: readonly number[]): readonly string[] {
  const found: [number, number][] = [];
  for (const port of sorted) {
    const last = found.at(-1);
    if (last?.[1] === port - 1) last[1] = port;
    else found.push([port, port]);
  }
  return found.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`));
}
