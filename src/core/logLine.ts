import type { Disposable } from '../lib/disposables';
import type { Event } from '../lib/event';

/** One row of a log, as a terminal would show it. */
export interface LogLine {
  /** 0-based, in its node's log. */
  readonly number: number;
  readonly node: number;
  /** At most `longestRow` characters: of a line that rewrites itself with `\r`, what it shows now. Escapes are still in it. */
  readonly text: string;
  /** The line goes on behind `text`. */
  readonly truncated: boolean;
  /** Unix milliseconds at which the whole line was surely written; absent when nothing says so yet. */
  readonly t?: number;
  /** A valid `##trainyard ` line. */
  readonly telemetry: boolean;
}

/** Rows that grow: the log of one node, or of several as one. */
export interface LogView extends Disposable {
  /** A last line without its newline counts, and changes as it grows. */
  lineCount(): number;
  /** Fewer than `count` rows at the end. */
  lines(from: number, count: number): Promise<readonly LogLine[]>;
  /** More bytes, or the end. */
  readonly onDidGrow: Event<void>;
  /** The job has ended and every byte is in. */
  readonly ended: boolean;
  /** Resolves once all bytes that the log held at the call are in; rejects when the log can't be read. */
  settled(): Promise<void>;
}

export const longestRow = 2000;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const carriageReturn = 0x0d;

/**
 * Text of a line's bytes, without its newline. Like a terminal, a line that rewrites itself with `\r` shows what was
 * written last. Invalid UTF-8 becomes U+FFFD.
 */
export function rowText(bytes: Uint8Array, longest = longestRow): { text: string; truncated: boolean } {
  const shown = lastRewrite(bytes);
  // No UTF-16 unit takes more than three bytes of valid UTF-8, and an invalid byte gives one unit.
  const text = decoder.decode(shown.length > longest * 3 + 4 ? shown.subarray(0, longest * 3 + 4) : shown);
  if (text.length <= longest) return { text, truncated: false };
  const cut = isHighSurrogate(text.charCodeAt(longest - 1)) ? longest - 1 : longest;
  return { text: text.slice(0, cut), truncated: true };
}

/** What follows the last `\r` that has something behind it. */
export function lastRewrite(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === carriageReturn) end -= 1;
  return bytes.subarray(bytes.lastIndexOf(carriageReturn, end - 1) + 1, end);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
