/** What is searched for in a log. */
export interface LogQuery {
  /** At most `longestQuery` characters. */
  readonly text: string;
  /** Whether `text` is a regular expression, matched line by line. */
  readonly regex: boolean;
  readonly caseSensitive: boolean;
}

export const longestQuery = 1000;

/** The query as a regular expression that finds all. Throws `SyntaxError` where it is none. */
export function queryRegex({ text, regex, caseSensitive }: LogQuery): RegExp {
  const source = regex ? text : text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return new RegExp(source, caseSensitive ? 'gm' : 'gim');
}

/** Why the query can't be used, in words; `undefined` where it can. */
export function queryProblem(query: LogQuery): string | undefined {
  try {
    queryRegex(query);
    return undefined;
  } catch (error) {
    const [, why] = /: ([^:]+)$/.exec(error instanceof Error ? error.message : '') ?? [];
    return `This is not a regular expression${why === undefined ? '' : `: ${why}`}.`;
  }
}

/**
 * The longest text that every match has in it, `''` where none is sure: a line without it needs no regular expression.
 * Only for a query that is case-sensitive.
 */
export function requiredText({ text, regex }: LogQuery): string {
  if (!regex) return text;
  let longest = '';
  let run = '';
  const end = () => {
    if (run.length > longest.length) longest = run;
    run = '';
  };
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] ?? '';
    const next = text[at + 1] ?? '';
    if (sign === '|' || (sign === '(' && next === '?')) return ''; // Alternatives and look-arounds: anything may do.
    if (sign === '\\' && /[^\w\s]/.test(next)) {
      run += next;
      at += 1;
    } else if (sign === '\\') {
      end();
      at += /[xu]/.test(next) ? text.length : 1; // `\x41` and its like: not worth reading.
    } else if (sign === '(' || sign === '[') {
      end();
      at = closing(text, at);
      if (at < 0) return '';
    } else if (/[*?{]/.test(sign)) {
      run = run.slice(0, -1); // What it repeats may be absent.
      end();
      if (sign === '{') at = Math.max(at, text.indexOf('}', at));
    } else if (/[+^$.)\]}]/.test(sign)) end();
    else run += sign;
  }
  end();
  return longest;
}

/** Where the group or class that opens at `from` is closed; -1 where it is not, or where it holds alternatives. */
function closing(text: string, from: number): number {
  const opener = text[from] ?? '';
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const sign = text[at] ?? '';
    if (sign === '\\') at += 1;
    else if (opener === '[' && sign === ']' && at > from + 1) return at;
    else if (opener === '(' && sign === '[') at = Math.max(at, closing(text, at));
    else if (opener === '(' && sign === '(') depth += 1;
    else if (opener === '(' && sign === ')' && --depth === 0) return at;
  }
  return -1;
}
