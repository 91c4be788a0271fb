import { parseJumps } from './jumps';
import type { ConfigLine } from './configText';

/** What a line says of its option: values as `ssh -G` prints them, or what is wrong with it. */
export type OptionValue = { readonly values: readonly string[] } | { readonly mistake: string };

/** The value of an option that we read; `undefined` for all others, which OpenSSH may know. */
export function optionValue({ keyword, words, rest }: ConfigLine): OptionValue | undefined {
  const read = Object.hasOwn(readers, keyword) ? readers[keyword] : undefined;
  if (!read) return undefined;
  if (words === undefined) return { mistake: `A quote is not closed after ${keyword}` };
  if (words[0] === undefined || words[0] === '') return { mistake: `Nothing stands after ${keyword}` };
  if (!many.has(keyword) && words.length > 1)
    return { mistake: `More than one word stands after ${keyword}` };
  return read(words, rest);
}

type Reader = (words: readonly string[], rest: string) => OptionValue;

const word: Reader = (words) => ({ values: words.slice(0, 1) });
const line: Reader = (_, rest) => ({ values: [rest] });

/** Files; `none` only alone. */
const files: Reader = (words) =>
  words.length > 1 && words.some((file) => file.toLowerCase() === 'none')
    ? { mistake: 'none must stand alone in a list of files' }
    : words.includes('')
      ? { mistake: 'A list of files has an empty one' }
      : { values: words };

const oneOf =
  (names: Readonly<Record<string, string>>, otherwise?: Reader): Reader =>
  (words, rest) => {
    const name = (words[0] ?? '').toLowerCase();
    if (Object.hasOwn(names, name)) return { values: [names[name] ?? ''] };
    return otherwise?.(words, rest) ?? { mistake: `This can’t be a value here: ${words[0] ?? ''}` };
  };
const flag = { yes: 'yes', true: 'yes', no: 'no', false: 'no' };

const port: Reader = ([text = '']) =>
  /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536
    ? { values: [String(Number(text))] }
    : { mistake: `This is not a port: ${text}` };

const timeout: Reader = ([text = '']) => {
  // To OpenSSH this is the same as saying nothing: a later line still counts.
  if (text === 'none') return { values: [] };
  const seconds = secondsOf(text);
  return seconds === undefined ? { mistake: `This is not a time: ${text}` } : { values: [String(seconds)] };
};

const readers: Readonly<Record<string, Reader>> = {
  hostname: word,
  user: word,
  port,
  identityfile: word,
  identitiesonly: oneOf(flag),
  identityagent: word,
  forwardagent: oneOf(flag, word),
  proxycommand: line,
  proxyjump: (_, rest) =>
    parseJumps(rest) === undefined ? { mistake: `These are not jump hosts: ${rest}` } : { values: [rest] },
  userknownhostsfile: files,
  globalknownhostsfile: files,
  hostkeyalias: word,
  stricthostkeychecking: oneOf({ ...flag, off: 'no', ask: 'ask', 'accept-new': 'accept-new' }),
  hostkeyalgorithms: word,
  hashknownhosts: oneOf(flag),
  connecttimeout: timeout,
  canonicalizehostname: oneOf({ ...flag, always: 'always' }),
};

const many = new Set(['userknownhostsfile', 'globalknownhostsfile', 'proxycommand', 'proxyjump']);

/** OpenSSH's `convtime`: `90`, `1m30s`, `2h`. */
function secondsOf(text: string): number | undefined {
  if (!/^(\d+[smhdw]?)+$/i.test(text)) return undefined;
  let seconds = 0;
  for (const [, count = '', unit = 's'] of text.matchAll(/(\d+)([smhdw]?)/gi)) {
    seconds += Number(count) * (units[unit.toLowerCase()] ?? 1);
  }
  return seconds <= 0x7fffffff ? seconds : undefined;
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
