import type * as z from 'zod';
import { didYouMean } from './didYouMean';
import type { Field } from './field';
import { jobSchema } from './jobSchema';
import { fieldsOf, schemasAt } from './schemaNode';
import { schemaWords } from './schemaWords';
import { type Path, spanAt, YamlDate } from './yamlTree';

type Issue = z.core.$ZodIssue;

/** Whoever has more has pasted the wrong file. */
const maxUnknown = 50;

/** Reports what of `field` is not as `schema` has it; `true` when all is. */
export function checkSchema(schema: z.ZodType, field: Field): boolean {
  const { plain } = field;
  const result = schema.safeParse(plain);
  if (result.success) return true;
  for (const issue of result.error.issues) report(schema, field, plain, issue, []);
  return false;
}

function report(schema: z.ZodType, field: Field, plain: unknown, issue: Issue, above: Path): void {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  if (issue.code === 'invalid_union') {
    const branch = likeliestBranch(issue.errors);
    if (branch) {
      for (const inner of branch) report(schema, field, plain, inner, path);
      return;
    }
  }
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys.slice(0, maxUnknown)) unknownField(schema, field, path, key);
    return;
  }
  const missing =
    /^invalid_(?:type|union|value)$/.test(issue.code) && at(plain, path) === undefined && path.length > 0;
  const key = issue.code === 'invalid_key';
  const message = missing
    ? `The field "${path.at(-1)}" is missing. Add it`
    : key
      ? `"${path.at(-1)}" is not allowed as a name here. ${issue.issues[0]?.message ?? ''}`
      : wrongValue(issue, at(plain, path), typeText(schema, path));
  const place = missing ? path.slice(0, -1) : path;
  // A mapping as a whole is many lines; its key is where people look.
  const value = at(plain, place);
  const span = spanAt(
    field.tree,
    place,
    key || missing || (typeof value === 'object' && value !== null && !(value instanceof YamlDate)),
  );
  field.report.add('error', span, [...field.path, ...path], message);
}

function unknownField(schema: z.ZodType, field: Field, path: Path, key: string): void {
  const known = fieldsOf(schemasAt(schema, path)).keys();
  const meant = didYouMean(key, known);
  const home = meant === undefined ? homeOf(key) : undefined;
  const advice = meant ? ` Did you mean "${meant}"?` : (home ?? ' Remove it.');
  const fix = meant ? { title: `Change to ${meant}`, newText: meant } : undefined;
  const span = spanAt(field.tree, [...path, key], true);
  field.report.add('error', span, [...field.path, ...path, key], `Unknown field "${key}".${advice}`, fix);
}

/** Where people put fields that belong elsewhere, from the outside in. */
const homes: readonly Path[] = [
  [],
  ['resources'],
  ['trainyard'],
  ['trainyard', 'guardrails'],
  ['trainyard', 'aws'],
];

/** A field of a job in the wrong place, most often by its indentation. */
function homeOf(key: string): string | undefined {
  const home = homes.find((path) => fieldsOf(schemasAt(jobSchema, path)).has(key));
  if (!home) return undefined;
  return home.length === 0
    ? ' It belongs to the job itself: move it to the left.'
    : ` It belongs below ${home.join('.')}.`;
}

/** Of the spellings that a field may have, the one that was meant: the one whose kind of value fits. */
function likeliestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = branches.filter(
    (issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  );
  return [...fitting].sort((a, b) => a.length - b.length)[0];
}

/** Such as `text or a number`. */
function typeText(schema: z.ZodType, path: Path): string {
  const types = schemasAt(schema, path).map((at) => schemaWords(at).type);
  return [...new Set(types)].join(' or ');
}

function wrongValue(issue: Issue, value: unknown, type: string): string {
  switch (issue.code) {
    case 'invalid_type':
    case 'invalid_union':
      return `Expected ${issue.message.startsWith('Expected ') ? issue.message.slice(9) : type}, found ${found(value)}`;
    case 'invalid_value':
      return `Expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}, found ${found(value)}`;
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `Expected ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}, found ${found(value)}`
        : 'Expected something here, found nothing';
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `Expected at most ${issue.maximum}, found ${found(value)}`
        : `Too long: at most ${issue.maximum} are allowed`;
    case 'invalid_format':
    case 'custom':
      return `${issue.message}, found ${found(value)}`;
    default:
      return issue.message;
  }
}

function found(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof YamlDate) return `the date ${value.text}. Quote it if it is text`;
  if (typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value);
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return typeof value === 'string'
    ? shown
    : `${shown} (${typeof value === 'boolean' ? 'true or false' : 'a number'})`;
}

function at(plain: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => {
    const own = typeof value === 'object' && value !== null && Object.hasOwn(value, step);
    return own ? (value as Record<string | number, unknown>)[step] : undefined;
  }, plain);
}
