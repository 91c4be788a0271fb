import type { ScalarValue } from './yamlScalar';

/** Offsets into the text, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A YAML value with the place it came from. An alias is the very object that its anchor names. */
export type Tree = ScalarTree | ListTree | MapTree;

export interface ScalarTree extends Span {
  readonly kind: 'scalar';
  readonly value: ScalarValue;
}

export interface ListTree extends Span {
  readonly kind: 'list';
  readonly items: readonly Tree[];
}

export interface MapTree extends Span {
  readonly kind: 'map';
  /** Keys are unique: of two equal ones the last is here, as in Python. */
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly key: ScalarTree;
  /** The key as text. */
  readonly name: string;
  readonly value: Tree;
}

export type Path = readonly (string | number)[];

/** `resources.any_of[0].cpus` */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}

/** The entry named `name`, where `tree` is a mapping that has one. */
export function entryOf(tree: Tree | undefined, name: string): Entry | undefined {
  return tree?.kind === 'map' ? tree.entries.find((entry) => entry.name === name) : undefined;
}

export function isNull(tree: Tree): boolean {
  return tree.kind === 'scalar' && tree.value.type === 'null';
}

/** The text of a string scalar. */
export function stringOf(tree: Tree | undefined): string | undefined {
  return tree?.kind === 'scalar' && tree.value.type === 'str' ? tree.value.value : undefined;
}

/**
 * Where `path` is: its value, or its key when the value is empty or `key` is asked for; or the key of the nearest thing
 * above it that the text has.
 */
export function spanAt(tree: Tree, path: Path, key = false): Span {
  let place: Span = tree;
  let nearest: Span = tree;
  let at: Tree = tree;
  for (const [index, step] of path.entries()) {
    if (typeof step === 'number') {
      const item: Tree | undefined = at.kind === 'list' ? at.items[step] : undefined;
      if (!item) return nearest;
      place = at = item;
      nearest = item.kind === 'map' ? (item.entries[0]?.key ?? item) : item;
      continue;
    }
    const entry = entryOf(at, step);
    if (!entry) return nearest;
    nearest = entry.key;
    const last = index === path.length - 1;
    place = (last && key) || entry.value.start === entry.value.end ? entry.key : entry.value;
    at = entry.value;
  }
  return place;
}

/** Plain JavaScript data for schema checks. A date is an object of no schema's liking. */
export function plainOf(tree: Tree): unknown {
  if (tree.kind === 'list') return tree.items.map(plainOf);
  if (tree.kind === 'map')
    return Object.fromEntries(tree.entries.map(({ name, value }) => [name, plainOf(value)]));
  const { value } = tree;
  switch (value.type) {
    case 'null':
      return null;
    case 'int':
      return Number(value.value);
    case 'date':
      return new YamlDate(value.text);
    case 'invalid':
      return undefined;
    default:
      return value.value;
  }
}

export class YamlDate {
  constructor(readonly text: string) {}

  toJSON(): string {
    return this.text;
  }
}

/** A mapping made here, at the place of `span`. */
export function mapTree({ start, end }: Span, entries: readonly Entry[]): MapTree {
  return { kind: 'map', entries, start, end };
}
