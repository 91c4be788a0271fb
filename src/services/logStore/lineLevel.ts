import { logLevels, type LogLevel } from '../../core/lineClass';

/** A level stands near a line's beginning, behind time and logger; words further on are the message's. */
const searched = 96;

/** As loggers write them, alone and in capitals. */
const capitals: Readonly<Record<string, LogLevel>> = {
  ...{ ERROR: 'error', CRITICAL: 'error', FATAL: 'error', SEVERE: 'error' },
  ...{ WARNING: 'warning', WARN: 'warning' },
  ...{ INFO: 'info', NOTICE: 'info', DEBUG: 'debug', TRACE: 'debug' },
};

/** What else names a level, by the word in its group. */
const others: readonly RegExp[] = [
  /^([EWIF])\d{4} \d\d:\d\d:/, // glog: `E1125 10:31:02.123`
  /^[\w.]{0,80}(Error|Exception)(?::|$)/, // Python's own: `ValueError: …`
  /(Warning): /, // `train.py:12: UserWarning: …`
  /^(Traceback) \(most recent call last\)/,
  /\[(error|critical|fatal|warning|warn|info|debug)\]/i,
  /(?:level|levelname|lvl|severity)(?:=|": ?")(error|critical|fatal|warning|warn|info|debug)\b/i, // logfmt, JSON
  /(?:^|: )(error|fatal|warning)(?:\[[^\]]{0,20}\])?: /, // compilers, git, pip: `error: …`
];

const levels: Readonly<Record<string, LogLevel>> = {
  ...{ e: 'error', f: 'error', error: 'error', exception: 'error', traceback: 'error' },
  ...{ critical: 'error', fatal: 'error' },
  ...{ w: 'warning', warning: 'warning', warn: 'warning' },
  ...{ i: 'info', info: 'info', debug: 'debug' },
};

const words = Object.entries(capitals).map(([word, level]) => ({
  bytes: Buffer.from(word),
  level: logLevels.indexOf(level),
}));
/** By first byte. */
const wordsBy = Array.from({ length: 256 }, (_, byte) => words.filter(({ bytes }) => bytes[0] === byte));

/** How lines begin that may name a level in small letters: three bytes as one number. */
const smallStarts = new Set(
  ['err', 'war', 'fat', '{"l', '{"t', '{"s', 'tim', 'ts=', 'lev', 'lvl'].map(threeOf),
);
/** So may any line of a chunk that has this: searched for in the chunk as a whole, as it is rare. */
const compilerError = Buffer.from(': error: ');

/** Tells the levels of the lines of one chunk. */
export class LevelReader {
  /** Four bytes at a time: lines have few capitals, and only these begin a word that counts. */
  private readonly wide: Int32Array;
  private readonly compilers: boolean;

  /** `bytes` must begin at a multiple of four in its memory. */
  constructor(private readonly bytes: Uint8Array) {
    this.wide = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    this.compilers = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(compilerError);
  }

  /**
   * Index into `logLevels` of the line from `from` to `to`, without its prefix: of the first word in it that names a
   * level, 0 where none does.
   */
  levelOf(from: number, to: number): number {
    const { bytes, wide } = this;
    const end = Math.min(to, from + searched);
    let odd = this.compilers || smallStarts.has(three(bytes, from));
    for (let at = from; at < end; at++) {
      if ((at & 3) === 0 && at + 4 <= end) {
        const four = wide[at >> 2] ?? 0;
        // Bytes from @ to _ have bit 6 and not bit 5: the capitals, and `[`.
        if ((four & ~(four << 1) & 0x40404040) === 0) {
          at += 3;
          continue;
        }
      }
      const byte = bytes[at] ?? 0;
      if ((byte & 0xe0) !== 0x40) continue;
      odd = true;
      if (at > from && isPartOfWord(bytes, at - 1)) continue;
      for (const { bytes: word, level } of wordsBy[byte] ?? [])
        if (at + word.length <= to && isAt(bytes, at, word) && !isLetter(bytes[at + word.length] ?? 0))
          return level;
    }
    return odd ? this.oddLevel(from, end) : 0;
  }

  private oddLevel(from: number, end: number): number {
    const { buffer, byteOffset } = this.bytes;
    const text = Buffer.from(buffer, byteOffset + from, end - from).toString('latin1');
    for (const pattern of others) {
      const found = pattern.exec(text)?.[1];
      if (found !== undefined) return logLevels.indexOf(levels[found.toLowerCase()] ?? 'none');
    }
    return 0;
  }
}

function three(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}

function threeOf(text: string): number {
  return three(Buffer.from(text), 0);
}

/** Whether `at` is within a word. The `m` that ends an escape for a colour is not. */
function isPartOfWord(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at] ?? 0;
  if (byte !== 0x6d || at === 0) return isLetter(byte);
  const before = bytes[at - 1] ?? 0;
  return !((before >= 0x30 && before <= 0x39) || before === 0x5b);
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x5f;
}

function isAt(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 1; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}
