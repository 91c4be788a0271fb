/**
 * A scalar as PyYAML's safe loader types it. SkyPilot reads its files with that loader, which follows YAML 1.1, so that
 * `on` is a boolean, `1e-6` is text and `010` is eight.
 */
export type ScalarValue =
  | { readonly type: 'null' }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'str'; readonly value: string }
  /** `text` is what Python's `str()` gives for it. */
  | { readonly type: 'date'; readonly text: string }
  /** `<<` or `=` where they mean nothing, or a number or date that does not exist. */
  | { readonly type: 'invalid'; readonly message: string };

const booleans = new Map<string, boolean>(
  ['yes', 'true', 'on']
    .flatMap((word) => spellings(word, true))
    .concat(['no', 'false', 'off'].flatMap((word) => spellings(word, false))),
);
const nulls = new Set(['', '~', 'null', 'Null', 'NULL']);

const float =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const int =
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;

/** What an unquoted scalar means. */
export function resolvePlain(text: string): ScalarValue {
  const bool = booleans.get(text);
  if (bool !== undefined) return { type: 'bool', value: bool };
  if (nulls.has(text)) return { type: 'null' };
  if (text === '<<' || text === '=') {
    return { type: 'invalid', message: `A plain ${text} has no meaning here. Quote it` };
  }
  // No number or date is longer; the patterns are not worth running on a whole script.
  if (text.length > 400 || !/^[-+.0-9]/.test(text)) return { type: 'str', value: text };
  if (float.test(text)) return readFloat(text);
  if (int.test(text)) return readInt(text);
  return readTimestamp(text) ?? { type: 'str', value: text };
}

/** Reads `text` as the type that an explicit tag (`!!int`) asks for. */
export function resolveTagged(tag: string, text: string): ScalarValue {
  const short = tag.replace(/^tag:yaml\.org,2002:/, '');
  if (short === 'str') return { type: 'str', value: text };
  if (short === 'null') return { type: 'null' };
  if (short === 'bool') {
    const value = booleans.get(text.toLowerCase());
    if (value !== undefined) return { type: 'bool', value };
  } else if (short === 'int') {
    const value = readInt(text);
    if (value.type === 'int') return value;
  } else if (short === 'float') {
    const value = readFloat(text);
    if (value.type === 'float') return value;
  } else if (short === 'timestamp') {
    const value = readTimestamp(text);
    if (value) return value;
  } else {
    return { type: 'invalid', message: `The tag ${tag} is not supported. Remove it` };
  }
  return { type: 'invalid', message: `Not a valid !!${short} value. Correct it or remove the tag` };
}

function spellings(word: string, value: boolean): [string, boolean][] {
  return [word, word.charAt(0).toUpperCase() + word.slice(1), word.toUpperCase()].map((spelling) => [
    spelling,
    value,
  ]);
}

function readInt(written: string): ScalarValue {
  let text = written.replaceAll('_', '');
  const negative = text.startsWith('-');
  if (/^[-+]/.test(text)) text = text.slice(1);
  const digits = intDigits(text);
  if (digits === undefined) return { type: 'invalid', message: 'Not a valid number. Quote it if it is text' };
  return { type: 'int', value: negative ? -digits : digits };
}

function intDigits(text: string): bigint | undefined {
  if (/^0b[01]+$/.test(text) || /^0x[0-9a-fA-F]+$/.test(text)) return BigInt(text);
  if (/^0[0-7]*$/.test(text)) return text === '0' ? 0n : BigInt('0o' + text.slice(1));
  if (/^[0-9]+$/.test(text)) return BigInt(text);
  if (!/^[0-9]+(?::[0-9]+)+$/.test(text)) return undefined;
  return text.split(':').reduce((total, part) => total * 60n + BigInt(part), 0n);
}

function readFloat(written: string): ScalarValue {
  let text = written.replaceAll('_', '').toLowerCase();
  const sign = text.startsWith('-') ? -1 : 1;
  if (/^[-+]/.test(text)) text = text.slice(1);
  if (text === '.inf') return { type: 'float', value: sign * Infinity };
  if (text === '.nan') return { type: 'float', value: NaN };
  const value = text.split(':').reduce((total, part) => total * 60 + Number(part || NaN), 0);
  if (Number.isNaN(value)) return { type: 'invalid', message: 'Not a valid number. Quote it if it is text' };
  return { type: 'float', value: sign * value };
}

const timestamp =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|([-+])(\d\d?)(?::(\d\d))?))?)?$/;

function readTimestamp(text: string): ScalarValue | undefined {
  const match = timestamp.exec(text);
  if (!match) return undefined;
  const [
    ,
    year = '',
    month = '',
    day = '',
    hour,
    minute = '',
    second = '',
    fraction,
    zone,
    sign,
    zoneHour,
    zoneMinute,
  ] = match;
  // A date alone must have two digits each; with a time one is enough.
  if (hour === undefined && (month.length < 2 || day.length < 2)) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const exists =
    date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day) && Number(year) > 0;
  if (!exists || Number(hour ?? 0) > 23 || Number(minute) > 59 || Number(second) > 59) {
    return { type: 'invalid', message: 'There is no such date. Quote it if it is text' };
  }
  const dayText = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  if (hour === undefined) return { type: 'date', text: dayText };
  const micros = (fraction ?? '').slice(0, 6).padEnd(6, '0');
  const offset = zone === undefined ? '' : zone === 'Z' ? '+00:00' : zoneText(sign, zoneHour, zoneMinute);
  const time = `${hour.padStart(2, '0')}:${minute}:${second}${Number(micros) ? '.' + micros : ''}`;
  return { type: 'date', text: `${dayText} ${time}${offset}` };
}

function zoneText(sign = '+', hour = '0', minute = '0'): string {
  const zero = Number(hour) === 0 && Number(minute) === 0;
  return `${zero ? '+' : sign}${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
}
