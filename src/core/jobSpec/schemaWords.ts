import * as z from 'zod';
import { alternatives, defOf } from './schemaNode';

type Schema = z.core.$ZodType;

/** What a schema says to people of a field. */
export interface SchemaWords {
  readonly description: string;
  /** Such as `text or a number`. */
  readonly type: string;
  readonly values: readonly string[];
  readonly default?: string;
}

export function schemaWords(schema: Schema): SchemaWords {
  const metas = metasOf(schema);
  const description = metas.map((meta) => meta.description).find((text) => text !== undefined) ?? '';
  const standard = metas.map((meta) => meta.default).find((value) => value !== undefined);
  const examples = metas.flatMap((meta) =>
    Array.isArray(meta.examples) ? (meta.examples as unknown[]) : [],
  );
  const types = alternatives(schema).flatMap((alternative) => typeName(alternative) ?? []);
  return {
    description,
    type: [...new Set(types)].join(' or '),
    values: [
      ...new Set([
        ...alternatives(schema).flatMap(valuesOf),
        ...examples.map(yamlText),
        ...(standard === undefined ? [] : [yamlText(standard)]),
      ]),
    ],
    ...(standard !== undefined && { default: yamlText(standard) }),
  };
}

/** Meta data from the outside in: the outermost is the most particular. */
function metasOf(schema: Schema): readonly z.GlobalMeta[] {
  const own = z.globalRegistry.get(schema);
  const def = defOf(schema);
  const inner =
    def.type === 'optional' || def.type === 'nullable' || def.type === 'default'
      ? metasOf(def.innerType)
      : def.type === 'pipe'
        ? metasOf(def.in)
        : def.type === 'union'
          ? def.options.flatMap(metasOf).map(({ examples }) => ({ examples }))
          : [];
  return own ? [own, ...inner] : inner;
}

function valuesOf(schema: Schema): readonly string[] {
  const def = defOf(schema);
  if (def.type === 'enum') return Object.values(def.entries).map(String);
  return def.type === 'boolean' ? ['true', 'false'] : [];
}

function typeName(schema: Schema): string | undefined {
  const def = defOf(schema);
  switch (def.type) {
    case 'string':
      return 'text';
    case 'number':
      return (def as { format?: string }).format === undefined ? 'a number' : 'a whole number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    case 'object':
    case 'record':
      return 'a mapping';
    case 'enum':
      return Object.values(def.entries).join(', ');
    default:
      return undefined;
  }
}

/** As it stands in a file: quoted only where YAML needs it. */
function yamlText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[*&!%@`'"|>{}[\],#?-]|: |:$| #/.test(value) ? `'${value}'` : value;
}
