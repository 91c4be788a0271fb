import { type Document, isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode } from 'yaml';
import { pythonText } from './pythonText';
import type { Report } from './report';
import { resolvePlain, resolveTagged, type ScalarValue } from './yamlScalar';
import type { DuplicateKey } from './yamlDocuments';
import type { Entry, MapTree, ScalarTree, Span, Tree } from './yamlTree';

/** Levels that a job file may have; no honest one has twenty. */
export const maxDepth = 100;
/** Values that a file may have once its aliases are followed: far above any real file, far below "billion laughs". */
const maxValues = 100_000;

type Source = ParsedNode | null;

/** Turns parsed YAML into trees: types scalars, follows aliases and merge keys, and refuses what PyYAML refuses. */
export class YamlTreeBuilder {
  readonly duplicates: DuplicateKey[] = [];
  #anchors = new Map<string, Tree | 'open'>();
  readonly #sizes = new Map<Tree, number>();
  #values = 0;
  /** Inside `trainyard`, which is not SkyPilot's, a key is what is written, so that `on` is no boolean. */
  #literalKeys = false;

  constructor(
    private readonly report: Report,
    private readonly text: string,
  ) {}

  build(document: Document.Parsed): Tree {
    this.#anchors = new Map();
    return this.#tree(document.contents, document.range[0], 0);
  }

  #tree(node: Source, at: number, depth: number): Tree {
    const span = spanOf(node, at);
    if (!node) return nullTree(span);
    if (isAlias(node)) return this.#alias(node.source, span);
    if (depth > maxDepth)
      return this.#refuse(span, `Nested too deeply: a job file may have ${maxDepth} levels`);
    const { anchor } = node;
    if (anchor !== undefined) {
      if (this.#anchors.has(anchor)) this.#refuse(span, `The anchor &${anchor} is defined twice. Rename one`);
      this.#anchors.set(anchor, 'open');
    }
    const tree = this.#value(node, span, depth);
    if (anchor !== undefined) this.#anchors.set(anchor, tree);
    return this.#counted(tree, span);
  }

  #value(node: Exclude<ParsedNode, { source: string; resolve: unknown }>, span: Span, depth: number): Tree {
    if (isScalar(node))
      return {
        kind: 'scalar',
        value: scalarOf(node, this.#scalarText(node, span), this.#problem(span)),
        ...span,
      };
    const tag = node.tag?.replace(/^tag:yaml\.org,2002:/, '');
    if (isSeq(node)) {
      if (tag !== undefined && tag !== 'seq')
        this.#refuse(span, `The tag ${node.tag} is not supported. Remove it`);
      const items = node.items.map((item) => this.#tree(item as Source, span.start, depth + 1));
      return { kind: 'list', items, ...span };
    }
    if (!isMap(node)) return nullTree(span);
    if (tag !== undefined && tag !== 'map')
      this.#refuse(span, `The tag ${node.tag} is not supported. Remove it`);
    return this.#map(node.items, span, depth);
  }

  #map(pairs: readonly Pair<Source, Source>[], span: Span, depth: number): MapTree {
    const merged: Entry[] = [];
    const own: Entry[] = [];
    const seen = new Map<string, number>();
    for (const { key, value } of pairs) {
      const keySpan = spanOf(key, span.start);
      const source = isScalar(key) ? String(key.value) : undefined;
      if (source !== undefined) this.#noteDuplicate(seen, source, keySpan);
      if (isScalar(key) && key.type === 'PLAIN' && source === '<<' && key.tag === undefined) {
        merged.unshift(...this.#mergedEntries(this.#tree(value, keySpan.end, depth + 1), keySpan));
        continue;
      }
      const keyTree =
        this.#literalKeys && source !== undefined
          ? ({ kind: 'scalar', value: { type: 'str', value: source }, ...keySpan } as const)
          : this.#tree(key, keySpan.start, depth + 1);
      const section = depth === 0 && source === 'trainyard';
      if (section) this.#literalKeys = true;
      const valueTree = this.#tree(value, keySpan.end, depth + 1);
      if (section) this.#literalKeys = false;
      if (keyTree.kind === 'scalar') own.push({ key: keyTree, name: pythonText(keyTree), value: valueTree });
      else this.#refuse(keySpan, 'A list or mapping can not be a key');
    }
    return { kind: 'map', entries: lastOfEach([...merged, ...own]), ...span };
  }

  /** Earlier mappings win over later ones, so they come last. */
  #mergedEntries(value: Tree, span: Span): readonly Entry[] {
    const maps = value.kind === 'list' ? [...value.items].reverse() : [value];
    return maps.flatMap((map) => {
      if (map.kind === 'map') return map.entries;
      this.#refuse(span, 'Only a mapping or a list of mappings can be merged with <<');
      return [];
    });
  }

  #noteDuplicate(seen: Map<string, number>, name: string, span: Span): void {
    const first = seen.get(name);
    if (first === undefined) seen.set(name, span.start);
    else this.duplicates.push({ name, ...span, firstLine: this.report.lineAt(first) });
  }

  #alias(name: string, span: Span): Tree {
    const target = this.#anchors.get(name);
    if (target === undefined) return this.#refuse(span, `There is no anchor &${name} above`);
    if (target === 'open') return this.#refuse(span, `The anchor &${name} contains itself`);
    return this.#counted(target, span);
  }

  /** Counts what `tree` would be with all its aliases written out. */
  #counted(tree: Tree, span: Span): Tree {
    let size = this.#sizes.get(tree);
    if (size === undefined) {
      size = 1;
      for (const child of childrenOf(tree)) size += this.#sizes.get(child) ?? 1;
      this.#sizes.set(tree, size);
      this.#values += 1;
    } else this.#values += size;
    if (this.#values <= maxValues && size <= maxValues) return tree;
    return this.#refuse(
      span,
      `Too many values: with its aliases written out a job file may have ${maxValues}`,
    );
  }

  /** A block that ends with the text, not with a line, has no line end for PyYAML. */
  #scalarText(node: ParsedNode & { value: unknown; type?: string }, { end }: Span): string {
    const text = typeof node.value === 'string' ? node.value : '';
    const block = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
    const open = block && end >= this.text.length && !/[\r\n]$/.test(this.text);
    return open && text.endsWith('\n') ? text.slice(0, -1) : text;
  }

  #problem(span: Span): (message: string) => void {
    return (message) => {
      this.#refuse(span, message);
    };
  }

  #refuse(span: Span, message: string): ScalarTree {
    this.report.add('error', span, [], `Not valid YAML: ${message}`);
    return nullTree(span);
  }
}

function scalarOf(node: ParsedNode, text: string, refuse: (message: string) => void): ScalarValue {
  const { tag, type } = node as { tag?: string; type?: string };
  const value =
    tag !== undefined && tag !== '!'
      ? resolveTagged(tag, text)
      : tag === undefined && (type === 'PLAIN' || type === undefined)
        ? resolvePlain(text)
        : ({ type: 'str', value: text } as const);
  if (value.type === 'invalid') refuse(value.message);
  return value;
}

function lastOfEach(entries: readonly Entry[]): readonly Entry[] {
  return [...new Map(entries.map((entry) => [`${entry.key.value.type} ${entry.name}`, entry])).values()];
}

function childrenOf(tree: Tree): readonly Tree[] {
  if (tree.kind === 'map') return tree.entries.map(({ value }) => value);
  return tree.kind === 'list' ? tree.items : [];
}

function spanOf(node: Source, at: number): Span {
  const range = node?.range;
  return range ? { start: range[0], end: Math.max(range[0], range[1]) } : { start: at, end: at };
}

function nullTree(span: Span): ScalarTree {
  return { kind: 'scalar', value: { type: 'null' }, ...span };
}
