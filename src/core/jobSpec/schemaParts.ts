import * as z from 'zod';

type Shape = Record<string, z.ZodType>;

/** An object none of whose fields must be there; a field that is there must not be null. */
export function fields<S extends Shape>(
  shape: S,
): z.ZodObject<{ [K in keyof S]: z.ZodOptional<S[K]> }, z.core.$strict> {
  const optional = Object.entries(shape).map(([name, field]) => [name, field.optional().meta(metaOf(field))]);
  return z.strictObject(Object.fromEntries(optional) as { [K in keyof S]: z.ZodOptional<S[K]> });
}

/** The same, where `field:` with nothing behind it counts as absent, as SkyPilot has it for the fields of a section. */
export function section<S extends Shape>(
  shape: S,
): z.ZodObject<{ [K in keyof S]: z.ZodOptional<z.ZodNullable<S[K]>> }, z.core.$strict> {
  const optional = Object.entries(shape).map(([name, field]) => [name, field.nullish().meta(metaOf(field))]);
  return z.strictObject(
    Object.fromEntries(optional) as { [K in keyof S]: z.ZodOptional<z.ZodNullable<S[K]>> },
  );
}

/** Text that is one of `words` in any case. */
export function caseless(words: readonly string[]): z.ZodString {
  const message = `Expected one of ${words.join(', ')}`;
  return z
    .string()
    .refine((value) => words.includes(value.toLowerCase()), message)
    .meta({ examples: [...words] });
}

/** A size in GB, or with a unit. */
export const size = z.union([
  z
    .string()
    .regex(
      /^[0-9]+(?:[kmgtp][bi]|[KMGTP][BI]|[KMGTP][bi])?$/,
      'Expected a whole number of GB such as 100, or with a unit such as 100GB or 1TB',
    ),
  z.int(),
]);

export const anyMap = z.record(z.string(), z.unknown());
export const textMap = z.record(z.string(), z.string());
export const numberOrText = z.union([z.string(), z.number()]);

function metaOf(field: z.ZodType): z.GlobalMeta {
  return field.meta() ?? {};
}
