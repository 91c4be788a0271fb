import { metricKind, metricPlace, splitName } from '../../core/metricKind';
import type { ChartInfo, ChartSection } from '../../protocol/runPanel';
import type { SeriesInfo } from '../../services/metrics/runMetrics';

/** What a chart needs to know of a series. */
export interface SeriesRef extends Omit<SeriesInfo, 'min' | 'max'> {
  /** Of how many GPUs it is the mean, where it is not of one. */
  readonly of?: number;
}

export interface ChartMember extends SeriesRef {
  readonly label: string;
  readonly colour: number;
}

export interface Chart extends ChartInfo {
  readonly members: readonly ChartMember[];
}

interface Place {
  readonly id: string;
  readonly title: string;
  readonly section: ChartSection;
  /** What tells this key from the others of its chart: a GPU's number, `train`, `read`. */
  readonly part: string;
}

/** Maps, as a metric may be named like anything an object inherits. */
const gpuTitles = new Map([
  ['util', 'GPU use'],
  ['memUsed', 'GPU memory'],
  ['memUtil', 'GPU memory traffic'],
  ['power', 'GPU power'],
  ['temp', 'GPU temperature'],
]);

const hostPlaces = new Map<string, readonly [title: string, part: string]>([
  ['cpu', ['CPU', '']],
  ['memUsed', ['Memory', '']],
  ['iowait', ['Waiting for disk', '']],
  ['diskRead', ['Disk', 'read']],
  ['diskWrite', ['Disk', 'write']],
  ['netIn', ['Network', 'in']],
  ['netOut', ['Network', 'out']],
  ['diskFree', ['Free disk space', '']],
  ['memUse', ['Memory use', '']],
  ['diskUse', ['Disk use', '']],
]);

/** Charts of machines stand in the order of the tables above. */
const machineOrder = [
  ...gpuTitles.values(),
  'CPU',
  'CPU cores',
  ...[...hostPlaces.values()].map(([title]) => title),
];

const sections: Readonly<Record<ChartSection, number>> = { training: 0, gpu: 1, host: 2 };

/** Groups series into charts: training metrics (loss first, then accuracy), GPUs, host. */
export function chartsOf(
  series: readonly SeriesRef[],
  /** How much there is of what a chart measures, by its id: the memory of a GPU. 0 = unknown. */
  limits: Readonly<Record<string, number>> = {},
): readonly Chart[] {
  const groups = new Map<string, { place: Place; members: { ref: SeriesRef; part: string }[] }>();
  for (const ref of series) {
    const place = placeOf(ref.key);
    const group = groups.get(place.id) ?? { place, members: [] };
    groups.set(place.id, group);
    group.members.push({ ref, part: ref.of === undefined ? place.part : `mean of ${ref.of} GPUs` });
  }
  const charts = [...groups.values()].map(({ place, members }) => ({
    id: place.id,
    title: place.title,
    section: place.section,
    unit: members[0]?.ref.unit ?? '',
    series: members.length,
    ...(limits[place.id] && { limit: limits[place.id] }),
    members: labelled(place.title, members),
  }));
  charts.sort((a, b) => sections[a.section] - sections[b.section] || placeIn(a) - placeIn(b));
  return withOverview(charts);
}

function placeOf(key: string): Place {
  const gpu = /^gpu\.(\d+)\.(.+)$/.exec(key);
  if (gpu) {
    const field = gpu[2] ?? '';
    return {
      id: `gpu.*.${field}`,
      title: gpuTitles.get(field) ?? `GPU ${field}`,
      section: 'gpu',
      part: `GPU ${gpu[1]}`,
    };
  }
  const core = /^host\.cores?\.(\d+)$/.exec(key);
  if (core) return { id: 'host.cores', title: 'CPU cores', section: 'host', part: `core ${core[1]}` };
  if (key.startsWith('host.')) {
    const field = key.slice(5);
    const [title, part] = hostPlaces.get(field) ?? [field, ''];
    return { id: `host:${title}`, title, section: 'host', part };
  }
  const { stem, split } = splitName(key);
  return { id: `training:${stem}`, title: stem, section: 'training', part: split };
}

function placeIn({ section, title }: Pick<ChartInfo, 'section' | 'title'>): number {
  if (section === 'training') return weight(title);
  const place = machineOrder.indexOf(title);
  return place < 0 ? machineOrder.length : place;
}

function weight(title: string): number {
  return metricPlace[metricKind(title)];
}

function labelled(title: string, members: readonly { ref: SeriesRef; part: string }[]): ChartMember[] {
  const nodes = [...new Set(members.map(({ ref }) => ref.node))].sort((a, b) => a - b);
  const parts = [...new Set(members.map(({ part }) => part))];
  const ranks = new Set(members.map(({ ref }) => ref.rank));
  const sorted = [...members].sort(
    (a, b) =>
      parts.indexOf(a.part) - parts.indexOf(b.part) ||
      a.ref.node - b.ref.node ||
      (a.ref.rank ?? 0) - (b.ref.rank ?? 0),
  );
  return sorted.map(({ ref, part }, index) => {
    const words: string[] = [];
    if (parts.length > 1 || part.includes('GPU')) words.push(part || title);
    if (ranks.size > 1 && ref.rank !== undefined) words.push(`rank ${ref.rank}`);
    else if (nodes.length > 1) words.push(`node ${ref.node}`);
    // One series a node keeps the node's colour; anything else counts through the palette.
    const colour = members.length === nodes.length ? ref.node : index;
    return { ...ref, label: words.join(' · ') || title, colour };
  });
}

/** At most four: how the training goes, then what the machine does; a machine without GPUs shows its CPU and memory. */
function withOverview(charts: readonly Chart[]): readonly Chart[] {
  const training = charts.filter((chart) => chart.section === 'training');
  const ids = charts.some((chart) => chart.id === 'gpu.*.util')
    ? ['gpu.*.util', 'gpu.*.memUsed']
    : ['host:CPU', 'host:Memory'];
  const machine = ids.flatMap((id) => charts.find((chart) => chart.id === id) ?? []);
  // The best of each kind before the second of one kind.
  const firsts = [0, 1].flatMap((kind) => training.find((chart) => weight(chart.title) === kind) ?? []);
  const shown = [...new Set([...firsts, ...training])].slice(0, 4 - machine.length);
  const chosen = [...shown, ...machine];
  return charts.map((chart) => {
    const overview = chosen.indexOf(chart);
    return overview < 0 ? chart : { ...chart, overview };
  });
}
