import type * as z from 'zod';

type Def = z.core.$ZodTypes['_zod']['def'];

/** The schemas that a value of `schema` may really have: optional, nullable and union wrappers taken off. */
export function alternatives(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const def = defOf(schema);
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
      return alternatives(def.innerType);
    case 'pipe':
      return alternatives(def.in);
    case 'union':
      return def.options.flatMap(alternatives);
    default:
      return [schema];
  }
}

/** The schemas of the field or item `step` of a value of `schema`. */
export function stepInto(schema: z.core.$ZodType, step: string | number): readonly z.core.$ZodType[] {
  return alternatives(schema).flatMap((alternative) => {
    const def = defOf(alternative);
    if (def.type === 'array') return typeof step === 'number' ? [def.element] : [];
    if (typeof step === 'number') return [];
    if (def.type === 'record') return [def.valueType];
    const field =
      def.type === 'object' ? Object.entries(def.shape).find(([name]) => name === step)?.[1] : undefined;
    return field ? [field] : [];
  });
}

/** The schemas of what lies at `path` in a value of `schema`. */
export function schemasAt(
  schema: z.core.$ZodType,
  path: readonly (string | number)[],
): readonly z.core.$ZodType[] {
  return path.reduce<readonly z.core.$ZodType[]>(
    (schemas, step) => schemas.flatMap((at) => stepInto(at, step)),
    [schema],
  );
}

/** The named fields of a value of any of `schemas`; those that begin with `_` are not for people. */
export function fieldsOf(schemas: readonly z.core.$ZodType[]): ReadonlyMap<string, z.core.$ZodType> {
  const fields = new Map<string, z.core.$ZodType>();
  for (const alternative of schemas.flatMap(alternatives)) {
    const def = defOf(alternative);
    if (def.type !== 'object') continue;
    for (const [name, field] of Object.entries(def.shape)) {
      if (!name.startsWith('_') && !fields.has(name)) fields.set(name, field);
    }
  }
  return fields;
}

export function defOf(schema: z.core.$ZodType): Def {
  return (schema as z.core.$ZodTypes)._zod.def;
}
