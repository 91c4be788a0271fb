/** Something that happened, to be marked in charts. */
export interface ChartMark {
  readonly kind: 'setup' | 'run' | 'checkpoint' | 'restart' | 'warning' | 'stop' | 'end';
  readonly label: string;
  /** Unix milliseconds. */
  readonly t: number;
}

/** Marks that stand so near to each other that one sign serves all. */
export interface MarkGroup {
  /** Pixels from the left of the plot. */
  readonly left: number;
  readonly marks: readonly ChartMark[];
}

/** Of several in one place the gravest gives the sign. */
const grave: readonly ChartMark['kind'][] = [
  'stop',
  'warning',
  'restart',
  'end',
  'run',
  'setup',
  'checkpoint',
];

const signWidth = 14;
const namedAtMost = 6;

/** Puts together what would overlap. `place` gives the pixel of a time, `undefined` where it is not in sight. */
export function grouped(
  marks: readonly ChartMark[],
  place: (t: number) => number | undefined,
): readonly MarkGroup[] {
  const groups: { left: number; marks: ChartMark[] }[] = [];
  for (const mark of [...marks].sort((a, b) => a.t - b.t)) {
    const left = place(mark.t);
    if (left === undefined) continue;
    const last = groups.at(-1);
    if (last && left - last.left < signWidth) last.marks.push(mark);
    else groups.push({ left, marks: [mark] });
  }
  return groups;
}

/** The kind whose sign a group has. */
export function signOf({ marks }: MarkGroup): ChartMark['kind'] {
  return grave.find((kind) => marks.some((mark) => mark.kind === kind)) ?? 'checkpoint';
}

/** What the group's tooltip says, one mark a line. */
export function wordsOf({ marks }: MarkGroup, timeText: (t: number) => string): string {
  const named = marks.slice(0, namedAtMost).map(({ label, t }) => `${label}, ${timeText(t)}`);
  const more = marks.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}
