import type { ScalarValue } from './yamlScalar';
import type { Tree } from './yamlTree';

/** Python's `str()` of a value: SkyPilot passes values of `envs` through it, so `true` becomes `True`. */
export function pythonText(tree: Tree): string {
  return tree.kind === 'scalar' && tree.value.type === 'str' ? tree.value.value : pythonRepr(tree);
}

function pythonRepr(tree: Tree): string {
  if (tree.kind === 'list') return `[${tree.items.map(pythonRepr).join(', ')}]`;
  if (tree.kind === 'map') {
    return `{${tree.entries.map(({ key, value }) => `${pythonRepr(key)}: ${pythonRepr(value)}`).join(', ')}}`;
  }
  return scalarRepr(tree.value);
}

function scalarRepr(value: ScalarValue): string {
  switch (value.type) {
    case 'null':
      return 'None';
    case 'bool':
      return value.value ? 'True' : 'False';
    case 'int':
      return value.value.toString();
    case 'float':
      return pythonFloatText(value.value);
    case 'str':
      return quoted(value.value);
    case 'date':
      return value.text;
    case 'invalid':
      return '';
  }
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let body = '';
  for (const char of text) {
    if (char === '\\' || char === quote) body += '\\' + char;
    else if (char === '\n') body += '\\n';
    else if (char === '\r') body += '\\r';
    else if (char === '\t') body += '\\t';
    else if (char < ' ' || char === '\x7f') body += '\\x' + char.charCodeAt(0).toString(16).padStart(2, '0');
    else body += char;
  }
  return quote + body + quote;
}

/** Python's `repr` of a float, which always shows that it is one: `1.0`, `1e-06`, `1e+16`. */
export function pythonFloatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const plain =
    exponent < 0 ? value.toFixed(Math.max(0, digitsAfterPoint(mantissa) - exponent)) : String(value);
  return plain.includes('.') ? plain : plain + '.0';
}

function digitsAfterPoint(mantissa: string): number {
  return mantissa.split('.')[1]?.length ?? 0;
}

/** Python's `float()` of a text, or `undefined` where it raises. Infinities and NaN count as an error. */
export function parsePythonFloat(text: string): number | undefined {
  const trimmed = text.trim();
  const digits = '[0-9]+(?:_[0-9]+)*';
  if (!new RegExp(`^[-+]?(?:${digits}\\.?(?:${digits})?|\\.${digits})(?:[eE][-+]?${digits})?$`).test(trimmed))
    return undefined;
  const value = Number(trimmed.replaceAll('_', ''));
  return Number.isFinite(value) ? value : undefined;
}

/** Python's `int()` of a text, or `undefined` where it raises. */
export function parsePythonInt(text: string): number | undefined {
  const trimmed = text.trim();
  return /^[-+]?[0-9]+(?:_[0-9]+)*$/.test(trimmed) ? Number(trimmed.replaceAll('_', '')) : undefined;
}
