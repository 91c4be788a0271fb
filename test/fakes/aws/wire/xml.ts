import { scalar } from './scalar';
import type { ServiceModel, ShapeRef } from './serviceModel';

export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** The root of a document as SDKs write them: elements and text. Throws where it is none. */
export function readXml(text: string): XmlElement {
  const tokens = text.replace(/<\?[^>]*\?>/, '').matchAll(/<(\/?)([\w:.-]+)([^>]*?)(\/?)>|([^<]+)/g);
  const root = { name: '', children: [] as XmlElement[], text: '' };
  const open: { name: string; children: XmlElement[]; text: string }[] = [root];
  for (const [, closes, name = '', , empty, words] of tokens) {
    const current = open.at(-1) ?? root;
    if (words !== undefined) current.text += words;
    else if (closes === '/') {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing`);
    } else {
      const element = { name, children: [], text: '' };
      current.children.push(element);
      if (empty !== '/') open.push(element);
    }
  }
  const [first] = root.children;
  if (!first || open.length !== 1) throw new Error('This is no XML document');
  return first;
}

/** An element as the value that a model says it is. Members that there are not keep their names. */
export function xmlValue(model: ServiceModel, ref: ShapeRef, element: XmlElement): unknown {
  const shape = model.shapes[ref.shape];
  if (shape?.type === 'list')
    return element.children.map((child) => xmlValue(model, shape.member ?? { shape: '' }, child));
  if (shape?.type !== 'structure') return scalar(shape?.type ?? 'string', unescape(element.text));
  const value: Record<string, unknown> = {};
  for (const child of element.children) {
    const [name, member] = Object.entries(shape.members ?? {}).find(
      ([own, { locationName }]) => (locationName ?? own) === child.name,
    ) ?? [child.name];
    const inner = member && model.shapes[member.shape];
    if (!member) value[name] = child.text;
    else if (inner?.type === 'list' && (inner.flattened ?? member.flattened)) {
      const before = (value[name] ?? []) as readonly unknown[];
      value[name] = [...before, xmlValue(model, inner.member ?? { shape: '' }, child)];
    } else value[name] = xmlValue(model, member, child);
  }
  return value;
}

function unescape(text: string): string {
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
  return text.replaceAll(
    /&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi,
    (all, hex?: string, decimal?: string, name?: string) =>
      name === undefined
        ? String.fromCodePoint(parseInt(hex ?? decimal ?? '', hex === undefined ? 10 : 16))
        : (named[name] ?? all),
  );
}
