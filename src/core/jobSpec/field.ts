import type { Problem } from './problem';
import { pythonText } from './pythonText';
import type { Report } from './report';
import { entryOf, isNull, type Path, plainOf, spanAt, type Span, stringOf, type Tree } from './yamlTree';

/** A value of a job file on its way to the canonical form: what it is, and where, so that a problem has its line. */
export class Field {
  constructor(
    readonly tree: Tree,
    readonly path: Path,
    readonly report: Report,
    private readonly span: Span = tree,
  ) {}

  /** The field `name`, where it is there and not null. */
  get(name: string): Field | undefined {
    const field = this.given(name);
    return field && !isNull(field.tree) ? field : undefined;
  }

  /** The field `name`, where it is there. */
  given(name: string): Field | undefined {
    const entry = entryOf(this.tree, name);
    return entry && new Field(entry.value, [...this.path, name], this.report, spanAt(this.tree, [name]));
  }

  /** The fields of a map, null ones too. */
  fields(): readonly (readonly [name: string, field: Field])[] {
    if (this.tree.kind !== 'map') return [];
    return this.tree.entries.map(({ name, value }) => {
      return [name, new Field(value, [...this.path, name], this.report, spanAt(this.tree, [name]))] as const;
    });
  }

  items(): readonly Field[] {
    if (this.tree.kind !== 'list') return [];
    return this.tree.items.map((item, index) => new Field(item, [...this.path, index], this.report));
  }

  get kind(): Tree['kind'] {
    return this.tree.kind;
  }

  get isNull(): boolean {
    return isNull(this.tree);
  }

  /** The text of a string, else `undefined`. */
  get string(): string | undefined {
    return stringOf(this.tree);
  }

  /** Python's `str()` of it. */
  get text(): string {
    return pythonText(this.tree);
  }

  get bool(): boolean | undefined {
    return this.tree.kind === 'scalar' && this.tree.value.type === 'bool' ? this.tree.value.value : undefined;
  }

  /** A whole number that was written as one: `5`, not `5.0`. */
  get int(): number | undefined {
    return this.tree.kind === 'scalar' && this.tree.value.type === 'int'
      ? Number(this.tree.value.value)
      : undefined;
  }

  get plain(): unknown {
    return plainOf(this.tree);
  }

  /** The same place with another value. */
  with(tree: Tree): Field {
    return new Field(tree, this.path, this.report, this.span);
  }

  /** Reports an error, and returns what a reader then returns. */
  error(message: string, fix?: Problem['fix']): null {
    this.report.add('error', this.span, this.path, message, fix);
    return null;
  }

  warn(message: string, severity: 'warning' | 'info' = 'warning'): void {
    this.report.add(severity, this.span, this.path, message);
  }
}
