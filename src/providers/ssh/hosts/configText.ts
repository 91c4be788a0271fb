/** One line of an ssh_config that says something. */
export interface ConfigLine {
  /** From 1. */
  readonly number: number;
  /** In small letters. */
  readonly keyword: string;
  /** What follows the keyword, as it was written. */
  readonly rest: string;
  /** The same as words, without quotes and comment; `undefined` where a quote is not closed. */
  readonly words: readonly string[] | undefined;
}

/** The lines of an ssh_config, read as OpenSSH's `process_config_line` does. Comments and empty lines are left out. */
export function configLines(text: string): readonly ConfigLine[] {
  return text.split('\n').flatMap((line, index) => {
    const [, keyword = '', rest = ''] =
      /^[ \t\r\f]*([^ \t\r"=]*)(.*)$/s.exec(line.replace(/[ \t\r\f]+$/, '')) ?? [];
    if (keyword === '' || keyword.startsWith('#')) return [];
    // One `=` may stand between the two.
    const value = rest.replace(/^[ \t\r]*=?[ \t\r]*/, '');
    return { number: index + 1, keyword: keyword.toLowerCase(), rest: value, words: configWords(value) };
  });
}

/** OpenSSH's `argv_split`: quotes of both kinds, a few escapes, and a comment that begins a word. */
function configWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    const next = text[at + 1] ?? '';
    const space = quote === '' && (character === ' ' || character === '\t');
    if (word === undefined && space) continue;
    if (word === undefined && character === '#') break;
    word ??= '';
    if (character === '\\' && (/^["'\\]$/.test(next) || (quote === '' && next === ' '))) {
      word += next;
      at += 1;
    } else if (space) {
      words.push(word);
      word = undefined;
    } else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
    else word += character;
  }
  if (word !== undefined) words.push(word);
  return quote === '' ? words : undefined;
}

/** The words of a `Match` line, which OpenSSH takes apart in a way of its own (`strdelim`): `=` parts them too. */
export function matchWords(text: string): readonly string[] {
  const words: string[] = [];
  for (const [, quoted, bare] of text.matchAll(/"([^"]*)"|([^\s"=]+)/g)) {
    if (bare?.startsWith('#')) break;
    words.push(quoted ?? bare ?? '');
  }
  return words;
}
