import type { LineIndex } from './lineIndex';

/** Which lines of a log `setup` wrote: parts of its bytes, as the launcher tells them. */
export class SetupLines {
  /** In order, apart from each other. `to` is `null` while it goes on. */
  private readonly spans: { readonly from: number; readonly to: number | null }[] = [];

  constructor(private readonly log: { readonly index: Pick<LineIndex, 'linesWithin'> }) {}

  get any(): boolean {
    return this.spans.length > 0;
  }

  /** Adds a span, or gives the one that went on its end. */
  set(from: number, to: number | null): void {
    if (this.spans.at(-1)?.to === null) this.spans.pop();
    if (from >= (this.spans.at(-1)?.to ?? 0)) this.spans.push({ from, to });
  }

  /** Calls `each` with the parts of the lines [from, to) that `setup` wrote, or the others, as first line and end. */
  parts(stream: 'setup' | 'run', from: number, to: number, each: (first: number, end: number) => void): void {
    let at = from;
    const give = (end: number, wanted: boolean) => {
      const until = Math.min(end, to);
      if (wanted && until > at) each(at, until);
      at = Math.max(at, until);
    };
    for (const span of this.spans) {
      give(this.log.index.linesWithin(span.from), stream === 'run');
      give(span.to === null ? Infinity : this.log.index.linesWithin(span.to), stream === 'setup');
    }
    give(Infinity, stream === 'run');
  }
}
