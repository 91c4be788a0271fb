import type { Field } from './field';
import { parsePythonFloat, parsePythonInt, pythonFloatText } from './pythonText';

const gb = 2 ** 30;
const units: readonly (readonly [unit: string, bytes: number])[] = [
  ['kb', 2 ** 10],
  ['ki', 2 ** 10],
  ['mb', 2 ** 20],
  ['mi', 2 ** 20],
  ['gb', gb],
  ['gi', gb],
  ['tb', 2 ** 40],
  ['ti', 2 ** 40],
  ['pb', 2 ** 50],
  ['pi', 2 ** 50],
];

/** vCPUs as written, or `null` after an error. */
export function readCpus(field: Field): string | null {
  const { text } = field;
  const count = parsePythonFloat(text.endsWith('+') ? text.slice(0, -1) : text);
  if (count === undefined)
    return field.error(`Expected a number such as 4, or 4+ for at least 4, found "${text}"`);
  return count > 0 ? text : field.error(`cpus must be more than 0, found ${text}`);
}

/** Memory in GB: as written where it has no unit, converted where it has. */
export function readMemory(field: Field, zeroAllowed: boolean): string | null {
  let { text } = field;
  const plus = text.endsWith('+') ? '+' : '';
  if (plus) text = text.slice(0, -1);
  // So many GB per vCPU.
  const times = text.endsWith('x') ? 'x' : '';
  if (times) text = text.slice(0, -1);
  const amount = parsePythonFloat(text) !== undefined ? text : memoryWithUnit(text);
  if (amount === undefined || (plus && times)) {
    return field.error(
      `Expected GB such as 16, 16+ for at least 16, or a unit such as 64GB, found "${field.text}"`,
    );
  }
  const size = parsePythonFloat(amount) ?? 0;
  if (size < 0 || (size === 0 && !zeroAllowed))
    return field.error(`memory must be more than 0, found ${field.text}`);
  return amount + plus + times;
}

function memoryWithUnit(text: string): string | undefined {
  const lower = text.toLowerCase();
  for (const [unit, bytes] of units) {
    if (!lower.endsWith(unit)) continue;
    const value = parsePythonFloat(lower.slice(0, -unit.length));
    if (value !== undefined) return pythonFloatText((value * bytes) / gb);
  }
  return undefined;
}

/** Whole GB, or `undefined` where `text` is no such size. */
export function wholeGb(text: string): number | undefined {
  const plain = parsePythonInt(text);
  if (plain !== undefined) return plain;
  const lower = text.toLowerCase();
  for (const [unit, bytes] of units) {
    if (!lower.endsWith(unit)) continue;
    const value = parsePythonInt(lower.slice(0, -unit.length));
    if (value !== undefined && Number.isInteger((value * bytes) / gb)) return (value * bytes) / gb;
  }
  return undefined;
}

/** GB; `null` for the default of 256, which counts as not given. */
export function readDiskSize(field: Field): number | null {
  const size = wholeGb(field.text);
  if (size === undefined)
    return field.error(`Expected a whole number of GB such as 100, or 1TB, found "${field.text}"`);
  if (size <= 0) return field.error(`disk_size must be more than 0, found ${field.text}`);
  return size === 256 ? null : size;
}

/** `mode:size[+]`, with what was left out filled in. */
export function readLocalDisk(field: Field): string | null {
  const parts = field.text.toLowerCase().trim().split(':');
  const [first = '', second] = parts;
  const isMode = first === 'nvme' || first === 'ssd';
  const [mode, size] = second !== undefined ? [first, second] : isMode ? [first, '100+'] : ['nvme', first];
  const amount = parsePythonFloat(size.replace(/\++$/, ''));
  if (parts.length <= 2 && (mode === 'nvme' || mode === 'ssd') && amount !== undefined && amount > 0)
    return `${mode}:${size}`;
  return field.error(`Expected nvme or ssd with GB, such as nvme:1000+, found "${field.text}"`);
}
