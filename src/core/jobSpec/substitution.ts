import type { Field } from './field';
import type { Entry, Tree } from './yamlTree';

export type Variables = ReadonlyMap<string, string>;

const variable = /\$\{?\b([a-zA-Z_][a-zA-Z0-9_]*)\b\}?/g;

/**
 * Puts values for `$NAME` and `${NAME}` into all text of a field, keys too; unknown names stay, and values are not
 * looked at again. SkyPilot does it in `file_mounts`, `service`, `workdir` and `volumes` only, and on their JSON text:
 * hence a backslash in a value begins an escape, and a value that would end the string is an error.
 */
export function substitute(field: Field, variables: Variables): Field | null {
  if (hasDate(field.tree)) return field.error('A date is not allowed here. Quote it if it is text');
  const broken: string[] = [];
  const tree = mapTexts(field.tree, (before) => {
    const after = fillIn(before, variables);
    if (after === undefined) broken.push(before);
    return after ?? before;
  });
  if (broken.length === 0) return field.with(tree);
  return field.error(
    'A variable in it has a value with a quote, a backslash or a line break, which can not be put in here. Write the text itself',
  );
}

function fillIn(before: string, variables: Variables): string | undefined {
  if (!before.includes('$')) return before;
  const json = ascii(JSON.stringify(before).slice(1, -1));
  const filled = json.replace(variable, (whole, name: string) => variables.get(name) ?? whole);
  try {
    return JSON.parse(`"${filled}"`) as string;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function mapTexts(tree: Tree, text: (before: string) => string): Tree {
  if (tree.kind === 'list') return { ...tree, items: tree.items.map((item) => mapTexts(item, text)) };
  if (tree.kind === 'scalar') {
    return tree.value.type === 'str'
      ? { ...tree, value: { type: 'str', value: text(tree.value.value) } }
      : tree;
  }
  const entries = new Map<string, Entry>();
  for (const entry of tree.entries) {
    const name = text(keyText(entry));
    const key = { ...entry.key, value: { type: 'str', value: name } as const };
    entries.set(name, { key, name, value: mapTexts(entry.value, text) });
  }
  return { ...tree, entries: [...entries.values()] };
}

/** A key that is not text becomes what JSON makes of it. */
function keyText({ key, name }: Entry): string {
  if (key.value.type === 'null') return 'null';
  return key.value.type === 'bool' ? String(key.value.value) : name;
}

function hasDate(tree: Tree): boolean {
  if (tree.kind === 'list') return tree.items.some(hasDate);
  if (tree.kind === 'map')
    return tree.entries.some(({ key, value }) => key.value.type === 'date' || hasDate(value));
  return tree.value.type === 'date';
}

function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (char) => '\\u' + char.charCodeAt(0).toString(16).padStart(4, '0'));
}
