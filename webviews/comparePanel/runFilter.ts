import type { Cell, ColumnKind, CompareColumn, CompareRow } from '../../src/protocol/comparePanel';
import { numberOf, plainOf } from './cells';

/** Which rows are shown; or why the filter can't be understood, in words. */
export type RunFilter =
  { readonly matches: (row: CompareRow, checked: boolean) => boolean } | { readonly problem: string };

type Test = (row: CompareRow, checked: boolean) => boolean;
type Operator = '>=' | '<=' | '!=' | '>' | '<' | '=' | ':';

/**
 * Words and comparisons, all of which must hold: `resnet lr>0.01 accuracy>=0.9 state:failed starred`. A word is looked for
 * in the name, the ID, the state, the connection and every `parameter=value`; `"…"` keeps spaces together.
 */
export function parseFilter(text: string, columns: readonly CompareColumn[]): RunFilter {
  const tests: Test[] = [];
  const terms = termsOf(text);
  if ('problem' in terms) return terms;
  for (const term of terms.terms) {
    const test = testOf(term, columns);
    if (typeof test === 'string') return { problem: test };
    tests.push(test);
  }
  return { matches: (row, checked) => tests.every((test) => test(row, checked)) };
}

function termsOf(text: string): { terms: readonly string[] } | { problem: string } {
  const terms: string[] = [];
  let term = '';
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    else if (/\s/.test(character) && !quoted) {
      if (term !== '') terms.push(term);
      term = '';
    } else term += character;
  }
  if (quoted) return { problem: 'A quotation mark (") has no partner.' };
  if (term !== '') terms.push(term);
  return { terms };
}

function testOf(term: string, columns: readonly CompareColumn[]): Test | string {
  if (term.toLowerCase() === 'starred') return ({ starred }) => starred;
  if (term.toLowerCase() === 'checked') return (_, checked) => checked;
  const [, name = '', operator, value = ''] = /^([^<>=!:]*)(>=|<=|!=|>|<|=|:)(.*)$/s.exec(term) ?? [];
  if (operator === undefined) return wordTest(term.toLowerCase());
  if (name === '') return `“${term}” needs a name before “${operator}”, such as lr>0.01.`;
  if (value === '') return `“${term}” needs a value after “${operator}”.`;
  const column = columnNamed(name, columns);
  if (!column) return `There is no column “${name}”.${suggestion(name, columns)}`;
  return comparison(column, operator as Operator, value);
}

/** A name means a parameter before a metric, as columns are in that order; of a metric its best value. */
function columnNamed(name: string, columns: readonly CompareColumn[]): CompareColumn | undefined {
  const small = name.toLowerCase();
  return (
    columns.find(({ names }) => names.includes(small)) ??
    columns.find(({ title, id }) => title.toLowerCase() === small || id.toLowerCase() === small)
  );
}

function suggestion(name: string, columns: readonly CompareColumn[]): string {
  const small = name.toLowerCase();
  const near = columns
    .flatMap(({ names }) => names)
    .find((one) => one.startsWith(small) || small.startsWith(one) || distanceIsOne(one, small));
  return near === undefined ? '' : ` Did you mean “${near}”?`;
}

/** Whether one letter was added, left out or mistaken. */
function distanceIsOne(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (short.length < 2 || long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at++;
  return short.slice(long.length === short.length ? at + 1 : at) === long.slice(at + 1);
}

function comparison(column: CompareColumn, operator: Operator, value: string): Test | string {
  const wanted = quantity(value, column.kind);
  const cellOf = (row: CompareRow) => row.cells[column.id];
  if (operator === ':') {
    const small = value.toLowerCase();
    return (row) => plainOf(cellOf(row)).toLowerCase().includes(small);
  }
  if (operator === '=' || operator === '!=') {
    const equal = (cell: Cell | undefined) => isEqual(cell, value, wanted);
    return operator === '=' ? (row) => equal(cellOf(row)) : (row) => !equal(cellOf(row));
  }
  if (wanted === undefined) {
    const like = column.kind === 'time' ? 'date, such as 2026-03-01' : 'number';
    return `“${value}” is no ${like}, and “${column.title}” can only be compared with one by “${operator}”.`;
  }
  const compare: Record<'>=' | '<=' | '>' | '<', (number: number) => boolean> = {
    '>=': (number) => number >= wanted,
    '<=': (number) => number <= wanted,
    '>': (number) => number > wanted,
    '<': (number) => number < wanted,
  };
  return (row) => {
    const number = numberOf(cellOf(row));
    return number !== undefined && compare[operator](number);
  };
}

function isEqual(cell: Cell | undefined, value: string, wanted: number | undefined): boolean {
  if (cell === undefined) return false;
  const number = numberOf(cell);
  if (number !== undefined && wanted !== undefined) return number === wanted;
  return plainOf(cell).toLowerCase() === value.toLowerCase();
}

/** `0.9`, `90s`, `1h30m`, `$2`, `2026-03-01`, in the column's unit; `undefined` where it is none. */
function quantity(text: string, kind: ColumnKind): number | undefined {
  const plain = kind === 'money' ? text.replace(/^\$/, '') : text;
  if (plain.trim() !== '' && !Number.isNaN(Number(plain))) return Number(plain);
  if (kind === 'time') {
    const t = Date.parse(text);
    return Number.isNaN(t) ? undefined : t;
  }
  if (kind !== 'duration' || !/^(?:\d+(?:\.\d+)?[smhd])+$/.test(text)) return undefined;
  const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
  return [...text.matchAll(/([\d.]+)([smhd])/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (seconds[unit] ?? 0),
    0,
  );
}

/** What words are looked for in; made once for each row. */
const haystacks = new WeakMap<CompareRow, string>();

function wordTest(word: string): Test {
  return (row) => {
    let text = haystacks.get(row);
    if (text === undefined) haystacks.set(row, (text = haystack(row)));
    return text.includes(word);
  };
}

function haystack({ id, name, state, cells }: CompareRow): string {
  const parameters = Object.entries(cells).flatMap(([column, cell]) => {
    const [, key] = /^(?:param|run):(.+)$/s.exec(column) ?? [];
    return key === undefined ? [] : [`${key}=${plainOf(cell)}`];
  });
  return [id, name, state, plainOf(cells.connection), plainOf(cells.code), ...parameters]
    .join('\n')
    .toLowerCase();
}
