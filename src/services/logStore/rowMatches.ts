import { queryRegex, type LogQuery } from '../../core/logQuery';
import { BoundedWork } from '../../node/boundedWork';

/** Where a row's text matches: from and to, in UTF-16 units. */
export type Match = readonly [from: number, to: number];

/** For all rows of one request, in milliseconds; a pattern that needs more is not shown in the rows. */
const patience = 50;
const mostMatches = 200;

/** Where the rows that are seen match a query. */
export class RowMatches {
  private readonly regex: RegExp;
  private readonly bounded = new BoundedWork();
  private tooSlow = false;

  /** Throws `SyntaxError` where the query is no regular expression. */
  constructor(query: LogQuery) {
    this.regex = queryRegex(query);
  }

  /** By row, as far as there was time. */
  in(rows: readonly string[]): readonly (readonly Match[])[] {
    const found: Match[][] = [];
    const work = () => {
      for (const row of rows) found.push(this.inRow(row));
    };
    if (!this.tooSlow) this.tooSlow = !this.bounded.run(work, patience);
    return found;
  }

  private inRow(row: string): Match[] {
    const { regex } = this;
    const matches: Match[] = [];
    regex.lastIndex = 0;
    for (let match = regex.exec(row); match && matches.length < mostMatches; match = regex.exec(row)) {
      const [text] = match;
      if (text === '') regex.lastIndex += 1;
      else matches.push([match.index, match.index + text.length]);
    }
    return matches;
  }
}
