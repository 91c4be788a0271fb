import type { Problem } from './problem';
import { TextPosition } from './textPosition';
import { type Path, pathText, type Span } from './yamlTree';

/** Collects the problems of one text. Nothing that is said twice of one place is kept twice. */
export class Report {
  readonly #position: TextPosition;
  readonly #problems: Problem[] = [];
  readonly #seen = new Set<string>();

  constructor(readonly text: string) {
    this.#position = new TextPosition(text);
  }

  get problems(): readonly Problem[] {
    return [...this.#problems].sort((a, b) => a.start - b.start);
  }

  get errors(): number {
    return this.#problems.filter(({ severity }) => severity === 'error').length;
  }

  /** 1-based. */
  lineAt(offset: number): number {
    return this.#position.at(offset).line;
  }

  add(severity: Problem['severity'], span: Span, path: Path, message: string, fix?: Problem['fix']): void {
    // Enough for any person; a hostile file could make millions.
    if (this.#problems.length >= 200) return;
    const start = Math.min(span.start, this.text.length);
    const end = Math.min(Math.max(span.end, start), this.text.length);
    const id = `${start} ${end} ${message}`;
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    this.#problems.push({
      severity,
      message,
      ...this.#position.at(start),
      start,
      end,
      path: pathText(path),
      ...(fix && { fix }),
    });
  }
}
