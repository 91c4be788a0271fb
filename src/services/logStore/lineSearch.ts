import { isAscii } from 'node:buffer';
import { queryRegex, requiredText, type LogQuery } from '../../core/logQuery';

const newline = 0x0a;
const escape = 0x1b;
/** What a row does not show: colours, cursor moves, titles, hyperlinks. Never reaches over the end of a line. */
const escapes =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b\n]*(?:\u0007|\u001b\\)?|[ -/]*[0-Z\\^-~])/g;

/** Gets the offset of the first match in each line that has one, or of that line's beginning, in order. */
export type EachHit = (offset: number) => void;

/** Finds the lines of a log that a query matches, in pieces that are whole lines. */
export class LineSearch {
  private readonly regex: RegExp;
  /** Bytes that every match holds, which are found without decoding anything; absent where nothing is sure. */
  private readonly needle: Buffer | undefined;
  /** The needle is all that there is to find. */
  private readonly exact: boolean;
  /** The regex finds the same in bytes as in characters. */
  private readonly plain: boolean;

  /** Throws `SyntaxError` where the query is no regular expression. */
  constructor(query: LogQuery) {
    this.regex = queryRegex(query);
    const sure = query.caseSensitive ? requiredText(query) : '';
    this.needle = sure.length > 1 || !query.regex ? Buffer.from(sure) : undefined;
    if (this.needle?.length === 0) this.needle = undefined;
    this.exact = !query.regex;
    this.plain = !query.regex && isAscii(Buffer.from(query.text));
  }

  search(piece: Uint8Array, each: EachHit): void {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    if (bytes.includes(escape)) this.searchShown(bytes, each);
    else if (this.needle) this.searchNeedle(bytes, this.needle, each);
    else if (this.plain || isAscii(bytes)) this.searchText(bytes.toString('latin1'), each);
    else this.searchDecoded(bytes, each);
  }

  private searchNeedle(bytes: Buffer, needle: Buffer, each: EachHit): void {
    for (let at = bytes.indexOf(needle); at >= 0;) {
      const found = bytes.indexOf(newline, at);
      const end = found < 0 ? bytes.length : found;
      if (this.exact || this.isIn(bytes.toString('utf8', bytes.lastIndexOf(newline, at) + 1, end))) each(at);
      at = bytes.indexOf(needle, end);
    }
  }

  /** Calls `each` with the index in `text`. */
  private searchText(text: string, each: EachHit): void {
    const { regex } = this;
    regex.lastIndex = 0;
    for (let match = regex.exec(text); match; match = regex.exec(text)) {
      const { index } = match;
      // Behind the last newline there is no line.
      if (index === text.length && (index === 0 || text.endsWith('\n'))) return;
      const found = text.indexOf('\n', index);
      const end = found < 0 ? text.length : found;
      const start = text.lastIndexOf('\n', index - 1) + 1;
      // A pattern such as `\s` can reach into the next line: what counts is what it finds in this one.
      if (index + match[0].length <= end || this.isIn(text.slice(start, end))) each(index);
      if (end >= text.length - 1) return;
      regex.lastIndex = end + 1;
    }
  }

  private searchDecoded(bytes: Buffer, each: EachHit): void {
    // Invalid bytes become a sign of another length, so that places are counted in lines.
    this.searchLines(bytes, bytes.toString('utf8'), each);
  }

  private searchShown(bytes: Buffer, each: EachHit): void {
    this.searchLines(bytes, bytes.toString('utf8').replaceAll(escapes, ''), each);
  }

  /** Searches `text`, which has the lines of `bytes` in other words, and calls `each` with where they begin in `bytes`. */
  private searchLines(bytes: Buffer, text: string, each: EachHit): void {
    let start = 0;
    let counted = 0;
    this.searchText(text, (index) => {
      for (let at = text.indexOf('\n', counted); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) {
        start = bytes.indexOf(newline, start) + 1;
        counted = at + 1;
      }
      each(start);
    });
  }

  private isIn(line: string): boolean {
    this.regex.lastIndex = 0;
    return this.regex.test(line);
  }
}
