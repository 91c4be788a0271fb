import type { Disposable } from '../lib/disposables';
import type { Event } from '../lib/event';
import type { Uint32List } from '../lib/uint32List';
import type { LineFilter } from './lineClass';

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

/** Lines of the log of one node, or of several as one, each at a place. */
export interface LogView extends Disposable {
  /** All lines. The last of them, at most one a node, are still being written: they change, and others come before them. */
  lineCount(): number;
  /** Lines that are whole and keep their place for ever; they come first. */
  wholeCount(): number;
  /** Fewer than `count` lines at the end. */
  lines(from: number, count: number): Promise<readonly LogLine[]>;
  /** Calls `each` with the runs of places in [from, to) whose lines `filter` lets through, in order. Nothing is read. */
  select(filter: LineFilter, from: number, to: number, each: (first: number, count: number) => void): void;
  /** Place of a node's line; of the next one that is shown where it is not in this view. */
  placeOf(node: number, line: number): number;
  /** The first place whose line was written at or after `t` (unix milliseconds), as well as is known. */
  placeAt(t: number): number;
  readonly summary: LogSummary;
  /** Numbers of each node's lines with an error, in order; of very many the first. */
  errorLines(): ReadonlyMap<number, Uint32List>;
  /** The lines' bytes as the job wrote them, newlines included. */
  bytes(from: number, count: number): AsyncIterable<Uint8Array>;
  /** More bytes, or the end. */
  readonly onDidGrow: Event<void>;
  /** The job has ended and every byte is in. */
  readonly ended: boolean;
  /** All that was there when the log was opened is known. */
  readonly caughtUp: boolean;
  /** Resolves once all bytes that the log held at the call are in; rejects when the log can't be read. */
  settled(): Promise<void>;
}

/** What the lines so far are, for those who choose among them. */
export interface LogSummary {
  readonly errors: number;
  readonly warnings: number;
  /** Ranks that lines name, in order. */
  readonly ranks: readonly number[];
  /** Whether `setup` wrote a part of it. */
  readonly setup: boolean;
  /** Bytes of the oldest part that are kept compressed, and how many they take so. */
  readonly compressed: { readonly bytes: number; readonly stored: number };
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
