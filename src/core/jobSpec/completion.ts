import type * as z from 'zod';
import { cursorContext, type CursorContext } from './cursorContext';
import { jobSchema } from './jobSchema';
import { alternatives, defOf, fieldsOf, schemasAt } from './schemaNode';
import { schemaWords } from './schemaWords';
import type { Span } from './yamlTree';

export interface Completion {
  readonly label: string;
  /** In snippet syntax: `$0` is where the cursor goes. */
  readonly insertText: string;
  readonly detail: string;
  /** Markdown. */
  readonly documentation: string;
  readonly kind: 'field' | 'value';
  readonly replace: Span;
}

type Schema = z.core.$ZodType;

/** Values that only the person's own connections know, with a few words on each. */
export type OwnValues = Readonly<
  Partial<Record<'infra' | 'instance_type', readonly { readonly value: string; readonly words: string }[]>>
>;

/** What may be written at `offset`, most useful first; empty inside scripts and comments. */
export function completeAt(text: string, offset: number, own: OwnValues = {}): readonly Completion[] {
  const context = cursorContext(text, offset);
  if (!context) return [];
  const schemas = schemasAt(jobSchema, context.path);
  if (context.kind === 'value') {
    const known = values(schemas, context, '');
    const field = context.path.at(-1);
    const found = field === 'infra' || field === 'instance_type' ? (own[field] ?? []) : [];
    const others = known.filter(({ label }) => !found.some(({ value }) => value === label));
    return [...found.map(({ value, words }) => ownCompletion(value, words, context)), ...others];
  }
  const fields = fieldCompletions(schemas, context, '');
  if (fields.length > 0 || context.path.at(-1) === 0)
    return fields.length > 0 ? fields : values(schemas, context, '');
  // Directly below `key:`, where the value is a list.
  const items = schemas.flatMap(alternatives).flatMap((schema) => {
    const def = defOf(schema);
    return def.type === 'array' ? [def.element] : [];
  });
  return [...fieldCompletions(items, { ...context, extraIndent: 2 }, '- '), ...values(items, context, '- ')];
}

function fieldCompletions(
  schemas: readonly Schema[],
  context: CursorContext,
  mark: string,
): readonly Completion[] {
  return [...fieldsOf(schemas)]
    .filter(([name]) => !context.siblings.includes(name) && !name.startsWith('_'))
    .map(([name, schema]) => {
      const words = schemaWords(schema);
      return {
        label: name,
        insertText: mark + fieldSnippet(name, schema, context),
        detail: words.type,
        documentation: documentation(words),
        kind: 'field',
        replace: context.replace,
      };
    });
}

function fieldSnippet(name: string, schema: Schema, { extraIndent, flow }: CursorContext): string {
  const kinds = new Set(alternatives(schema).map((alternative) => defOf(alternative).type));
  const pad = ' '.repeat(extraIndent + 2);
  if (flow) return `${name}: $0`;
  if (name === 'run' || name === 'setup') return `${name}: |\n${pad}$0`;
  const scalar = ['string', 'number', 'boolean', 'enum', 'int'].some((kind) => kinds.has(kind as 'string'));
  if (scalar) return `${name}: $0`;
  if (kinds.has('object') || kinds.has('record')) return `${name}:\n${pad}$0`;
  return kinds.has('array') ? `${name}:\n${pad}- $0` : `${name}: $0`;
}

function ownCompletion(value: string, detail: string, { replace }: CursorContext): Completion {
  return { label: value, insertText: inserted(value), detail, documentation: '', kind: 'value', replace };
}

/** In snippet syntax. */
function inserted(text: string): string {
  return text.replace(/[\\$}]/g, '\\$&');
}

function values(schemas: readonly Schema[], context: CursorContext, mark: string): readonly Completion[] {
  const found = new Map<string, Completion>();
  for (const schema of schemas) {
    const words = schemaWords(schema);
    for (const value of words.values) {
      if (found.has(value)) continue;
      found.set(value, {
        label: value,
        insertText: mark + inserted(value),
        detail: value === words.default ? 'default' : '',
        documentation: documentation(words),
        kind: 'value',
        replace: context.replace,
      });
    }
  }
  return [...found.values()];
}

function documentation({ description, default: standard }: ReturnType<typeof schemaWords>): string {
  return standard === undefined ? description : `${description}\n\nDefault: \`${standard}\``;
}
