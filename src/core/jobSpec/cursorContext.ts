import { longestJobFile } from './yamlDocuments';
import type { Path, Span } from './yamlTree';

/** What a cursor is about to write, told from the lines above and the text before it: the text need not be valid. */
export interface CursorContext {
  readonly kind: 'key' | 'value';
  /** Of the mapping that the key is for, or of the value. */
  readonly path: Path;
  /** What is typed so far. */
  readonly typed: string;
  readonly replace: Span;
  /** Names that the mapping has already. */
  readonly siblings: readonly string[];
  /** Columns of the cursor's mapping beyond the indentation of its line, as in `- key:`. */
  readonly extraIndent: number;
  /** Inside `{…}` or `[…]`, where a value can not go on in new lines. */
  readonly flow: boolean;
}

interface Line {
  readonly indent: number;
  /** Columns of `- ` marks that begin the line. */
  readonly dashes: readonly number[];
  /** Column of what comes behind them. */
  readonly column: number;
  readonly key?: string;
  /** What stands behind `key:`, or the item. */
  readonly rest: string;
  readonly blank: boolean;
}

/** `undefined` in comments, in blocks of text such as a script, and in files that are too long. */
export function cursorContext(text: string, offset: number): CursorContext | undefined {
  if (text.length > longestJobFile) return undefined;
  const lineStart = Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
  const before = text.slice(lineStart, offset);
  if (/(?:^|\s)#/.test(before.replace(/'[^']*'|"[^"]*"/g, '')) || before.startsWith('---')) return undefined;
  const above = text
    .slice(0, lineStart)
    .split(/\r\n|\n|\r/)
    .slice(0, -1);
  const below = text.slice(offset).split(/\r\n|\n|\r/);
  const current = readLine(before);
  const own = current.blank ? before.length : current.column;
  const documentLines = above
    .slice(above.findLastIndex((line) => /^(?:---|\.\.\.)(?:\s|$)/.test(line)) + 1)
    .map(readLine);
  const parents = parentPath(documentLines, current.blank ? own : current.indent);
  if (!parents) return undefined;
  const path = [...parents, ...current.dashes.map(() => 0)];
  const after = current.rest;
  const flow = /[[{]/.test(after) ? flowContext(after) : undefined;
  const base = current.key === undefined ? path : [...path, current.key];
  const extraIndent = current.dashes.length > 0 ? current.column - current.indent : 0;
  if (flow) {
    const { typed } = flow;
    return {
      ...flow,
      path: [...base, ...flow.path],
      replace: around(text, offset, typed),
      extraIndent,
      flow: true,
    };
  }
  const typed = after.trimStart();
  const replace = around(text, offset, typed);
  if (current.key !== undefined) {
    return { kind: 'value', path: base, typed, replace, siblings: [], extraIndent, flow: false };
  }
  const siblings = [
    ...siblingKeys([...documentLines].reverse(), own, current.dashes.length > 0),
    ...siblingKeys(below.slice(1).map(readLine), own, false),
  ];
  return { kind: 'key', path, typed, replace, siblings, extraIndent, flow: false };
}

function readLine(text: string): Line {
  const [, space = '', marks = '', body = ''] = /^([ ]*)((?:-(?:[ ]+|$))*)(.*)$/s.exec(text) ?? [];
  const dashes = [...marks.matchAll(/-/g)].map(({ index }) => space.length + index);
  const column = space.length + marks.length;
  const blank = body.trim() === '' && dashes.length === 0;
  const match = /^(?:"([^"]*)"|'([^']*)'|([^\s#'"{[&*!|>%@`-][^#]*?|-[^\s#][^#]*?))\s*:(?:\s+(.*))?$/s.exec(
    body,
  );
  const key = match && (match[1] ?? match[2] ?? match[3]);
  const common = { indent: space.length, dashes, column, blank: blank || body.startsWith('#') };
  return key === null || key === undefined
    ? { ...common, rest: body }
    : { ...common, key, rest: match?.[4] ?? '' };
}

/** Path of what begins at column `at` below `lines`; `undefined` inside a block of text. */
function parentPath(lines: readonly Line[], at: number): Path | undefined {
  const path: (string | number)[] = [];
  let limit = at;
  for (const line of [...lines].reverse()) {
    if (line.blank) continue;
    if (line.key !== undefined && line.column < limit) {
      if (/^[|>][-+0-9]*(?:\s|$)/.test(line.rest)) return undefined;
      path.unshift(line.key);
      limit = line.column;
    }
    for (const dash of [...line.dashes].reverse()) {
      if (dash >= limit) continue;
      path.unshift(0);
      limit = dash;
    }
    // The items of a list may stand at the same column as its key.
    if (
      line.key !== undefined &&
      line.dashes.length === 0 &&
      line.rest === '' &&
      line.column === limit &&
      path[0] === 0
    ) {
      path.unshift(line.key);
    }
    if (limit === 0 && path[0] !== 0) break;
  }
  return path;
}

/** Keys at column `at` before the mapping ends. `lines` go away from the cursor. */
function siblingKeys(lines: readonly Line[], at: number, firstOfItem: boolean): string[] {
  if (firstOfItem) return [];
  const keys: string[] = [];
  for (const line of lines) {
    if (line.blank) continue;
    if (line.column < at || (line.column === at && line.rest.startsWith('---'))) break;
    if (line.column === at && line.key !== undefined) keys.push(line.key);
    if (line.dashes.some((dash) => dash < at)) break;
  }
  return keys;
}

/** Inside brackets on one line. */
function flowContext(text: string): Pick<CursorContext, 'kind' | 'path' | 'typed' | 'siblings'> | undefined {
  const open: { list: boolean; key?: string; keys: string[] }[] = [];
  let word = '';
  for (const char of text.replace(/'[^']*'|"[^"]*"/g, (quoted) => quoted.replace(/[[\]{},:]/g, '_'))) {
    const top = open.at(-1);
    if (char === '[' || char === '{') open.push({ list: char === '[', keys: [] });
    else if (char === ']' || char === '}') open.pop();
    else if (char === ',' && top) delete top.key;
    else if (char === ':' && top && !top.list) top.keys.push((top.key = word.trim()));
    else {
      word += char;
      continue;
    }
    word = '';
  }
  const top = open.at(-1);
  if (!top) return undefined;
  const path = open.flatMap<string | number>(({ list, key }) =>
    list ? [0] : key === undefined ? [] : [key],
  );
  const kind = top.list || top.key !== undefined ? 'value' : 'key';
  return { kind, path, typed: word.trimStart(), siblings: top.keys };
}

/** What is typed before the cursor and the rest of the word behind it. */
function around(text: string, offset: number, typed: string): Span {
  const rest = /^[^\s:,#\]}'"]*/.exec(text.slice(offset))?.[0] ?? '';
  return { start: offset - typed.length, end: offset + rest.length };
}
