/** A palette index 0-15, which themes colour, or `#rrggbb`. */
export type AnsiColor = number | string;

export interface AnsiStyle {
  readonly fg?: AnsiColor;
  readonly bg?: AnsiColor;
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly strike?: true;
  /** Text and background change places. */
  readonly inverse?: true;
}

export interface AnsiSpan extends AnsiStyle {
  /** Plain text: nothing in it is an escape or an invisible control. */
  readonly text: string;
}

/**
 * Spans of one row of untrusted output. Colours and styles are kept; every other escape (cursor moves, titles,
 * hyperlinks, device strings) is taken out, and what is left of controls, bidi overrides included, is shown as a visible
 * sign. Takes time in proportion to the row's length.
 */
export function ansiSpans(row: string): AnsiSpan[] {
  if (!special.test(row)) return row === '' ? [] : [{ text: row }];
  const spans: AnsiSpan[] = [];
  let style: AnsiStyle = {};
  let from = 0;
  let noTerminator = Infinity;
  const flush = (to: number) => {
    if (to > from) spans.push({ text: visible(row.slice(from, to)), ...style });
  };
  for (let at = row.indexOf(escape); at >= 0; at = row.indexOf(escape, at)) {
    const next = row[at + 1];
    let end = at;
    let sgr: string | undefined;
    if (next === '[') {
      controlSequence.lastIndex = at;
      const match = controlSequence.exec(row);
      end = match ? controlSequence.lastIndex : at;
      sgr = match?.[1];
    } else if (next !== undefined && stringStarts.includes(next)) {
      // Once no terminator follows, none follows later either.
      end = at < noTerminator ? stringEnd(row, at + 2, next === ']') : at;
      if (end < 0) {
        noTerminator = at;
        end = at;
      }
    } else {
      shortSequence.lastIndex = at;
      end = shortSequence.test(row) ? shortSequence.lastIndex : at;
    }
    if (end === at) {
      at += 1; // Not an escape after all: its sign is shown, and what follows is text.
      continue;
    }
    flush(at);
    from = at = end;
    if (sgr !== undefined) style = styled(style, sgr);
  }
  flush(row.length);
  return spans;
}

/** The text alone. */
export function withoutAnsi(row: string): string {
  return ansiSpans(row)
    .map(({ text }) => text)
    .join('');
}

const escape = '\u001b';
// What must not reach a screen as it is: C0 but tab, DEL, C1, line separators, bidi controls, the byte-order mark.
const special = /[\0-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
const specials = new RegExp(special.source, 'g');
/** CSI; the first group is there when it is a style. */
const controlSequence = /\u001b\[(?:([\d;:]*)m|[0-?]*[ -/]*[@-~])/y;
/** Two characters and more, such as a choice of character set. */
const shortSequence = /\u001b[ -/]*[0-Z\\^-~]/y;
/** DCS, SOS, OSC, PM, APC. */
const stringStarts = 'PX]^_';

/** Behind the terminator of a string that starts at `from`, or -1. Only OSC may end with BEL. */
function stringEnd(row: string, from: number, bell: boolean): number {
  const st = row.indexOf('\u001b\\', from);
  const bel = bell ? row.indexOf('\u0007', from) : -1;
  if (bel >= 0 && (st < 0 || bel < st)) return bel + 1;
  return st < 0 ? -1 : st + 2;
}

function visible(text: string): string {
  return text.replace(specials, (sign) => {
    const code = sign.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return '\u2421';
    return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
  });
}

function styled(style: AnsiStyle, parameters: string): AnsiStyle {
  let now: { -readonly [K in keyof AnsiStyle]: AnsiStyle[K] } = { ...style };
  const codes = parameters.split(';').slice(0, 64);
  for (let i = 0; i < codes.length; i++) {
    const [head = '', ...rest] = (codes[i] ?? '').split(':');
    const code = Number(head);
    if (code === 38 || code === 48) {
      const more = rest.length > 0 ? rest : codes.slice(i + 1, i + 5);
      const { color, used } = extendedColor(more, rest.length > 0);
      if (rest.length === 0) i += used;
      if (color !== undefined) now[code === 38 ? 'fg' : 'bg'] = color;
    } else if (code === 0) now = {};
    else if (code >= 30 && code <= 37) now.fg = code - 30;
    else if (code >= 90 && code <= 97) now.fg = code - 82;
    else if (code === 39) delete now.fg;
    else if (code >= 40 && code <= 47) now.bg = code - 40;
    else if (code >= 100 && code <= 107) now.bg = code - 92;
    else if (code === 49) delete now.bg;
    else switchStyle(now, code, rest[0] === '0');
  }
  return now;
}

const switchedOn: Partial<Record<number, 'bold' | 'dim' | 'italic' | 'underline' | 'inverse' | 'strike'>> = {
  1: 'bold',
  2: 'dim',
  3: 'italic',
  4: 'underline',
  7: 'inverse',
  9: 'strike',
  21: 'underline',
};

function switchStyle(
  style: { -readonly [K in keyof AnsiStyle]: AnsiStyle[K] },
  code: number,
  none: boolean,
): void {
  const key = switchedOn[code];
  if (key && !none) style[key] = true;
  if (code === 22) {
    delete style.bold;
    delete style.dim;
  }
  if (code === 23) delete style.italic;
  if (code === 24 || (code === 4 && none)) delete style.underline;
  if (code === 27) delete style.inverse;
  if (code === 29) delete style.strike;
}

/** What follows 38 or 48: `5;n` or `2;r;g;b`, with colons also `2::r:g:b`. `used` counts the parameters. */
function extendedColor(
  parameters: readonly string[],
  colons: boolean,
): { color: AnsiColor | undefined; used: number } {
  const numbers = parameters.map(Number);
  if (parameters[0] === '5') return { color: indexedColor(numbers[1]), used: 2 };
  if (parameters[0] !== '2') return { color: undefined, used: 1 };
  const [r, g, b] = colons && numbers.length >= 5 ? numbers.slice(2) : numbers.slice(1);
  return { color: hex(r, g, b), used: 4 };
}

const cubeSteps = [0, 95, 135, 175, 215, 255];

/** xterm's 256 colours: 16 of the theme, a cube of 6×6×6, 24 greys. */
function indexedColor(index: number | undefined): AnsiColor | undefined {
  if (index === undefined || !Number.isInteger(index) || index < 0 || index > 255) return undefined;
  if (index < 16) return index;
  if (index >= 232) return hex(8 + (index - 232) * 10, 8 + (index - 232) * 10, 8 + (index - 232) * 10);
  const cube = index - 16;
  return hex(cubeSteps[Math.floor(cube / 36)], cubeSteps[Math.floor(cube / 6) % 6], cubeSteps[cube % 6]);
}

function hex(...parts: readonly (number | undefined)[]): string | undefined {
  if (parts.length !== 3 || !parts.every((part) => part !== undefined && part >= 0 && part <= 255))
    return undefined;
  return `#${parts
    .map((part) =>
      Math.floor(part ?? 0)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}
