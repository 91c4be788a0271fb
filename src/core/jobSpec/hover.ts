import { jobSchema } from './jobSchema';
import { Report } from './report';
import { schemasAt } from './schemaNode';
import { schemaWords } from './schemaWords';
import { readYamlDocuments } from './yamlDocuments';
import type { Path, Span, Tree } from './yamlTree';

export interface Hover extends Span {
  readonly markdown: string;
}

/** What the field whose name or one-line value is at `offset` means. */
export function hoverAt(text: string, offset: number): Hover | undefined {
  for (const tree of readYamlDocuments(text, new Report(text)).trees) {
    const found = fieldAt(tree, offset, [], text);
    if (!found) continue;
    const [schema] = schemasAt(jobSchema, found.path);
    if (!schema) return undefined;
    const { description, type, default: standard, values } = schemaWords(schema);
    if (description === '') return undefined;
    const lines = [`**${found.path.at(-1)}** (${type})`, description];
    if (standard !== undefined) lines.push(`Default: \`${standard}\``);
    if (values.length > 0)
      lines.push(
        `For example: ${values
          .slice(0, 6)
          .map((value) => `\`${value}\``)
          .join(', ')}`,
      );
    return { markdown: lines.join('\n\n'), start: found.start, end: found.end };
  }
  return undefined;
}

function fieldAt(
  tree: Tree,
  offset: number,
  path: Path,
  text: string,
): (Span & { readonly path: Path }) | undefined {
  if (tree.kind === 'list') {
    for (const [index, item] of tree.items.entries()) {
      const found = fieldAt(item, offset, [...path, index], text);
      if (found) return found;
    }
    return undefined;
  }
  if (tree.kind === 'scalar') return undefined;
  for (const { key, name, value } of tree.entries) {
    const here = [...path, name];
    if (holds(key, offset)) return { path: here, start: key.start, end: key.end };
    if (value.kind !== 'scalar') {
      const found = fieldAt(value, offset, here, text);
      if (found) return found;
    } else if (holds(value, offset) && !/[\r\n]/.test(text.slice(value.start, value.end))) {
      return { path: here, start: value.start, end: value.end };
    }
  }
  return undefined;
}

function holds({ start, end }: Span, offset: number): boolean {
  return start <= offset && offset < end;
}
