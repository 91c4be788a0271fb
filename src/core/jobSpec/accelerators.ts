import { acceleratorsByMemory } from './acceleratorNames';
import type { Field } from './field';
import type { Json } from './jobSpec';
import { parsePythonFloat, parsePythonInt } from './pythonText';
import { wholeGb } from './quantities';

/** One accelerator of a list, as `NAME` or `NAME:COUNT`, and the field that asks for it. */
export interface Asked {
  readonly text: string;
  readonly field: Field;
}

const memory = /^[0-9]+[GgMmTt][Bb]\+?$/;

/** What `accelerators` asks for, each once; several are in order only when they are a list. */
export function askedAccelerators(field: Field): readonly Asked[] | null {
  const asked: Asked[] = [];
  if (field.kind === 'map') {
    for (const [name, count] of field.fields()) {
      asked.push({ text: count.isNull ? name : `${name}:${count.text}`, field: count });
    }
  } else if (field.kind === 'list')
    asked.push(...field.items().map((item) => ({ text: item.text, field: item })));
  else asked.push({ text: field.text, field });
  const found = new Map<string, Asked>();
  for (const one of asked) {
    const named = byName(one);
    if (!named) return null;
    for (const text of named) if (!found.has(text)) found.set(text, { text, field: one.field });
  }
  return [...found.values()];
}

/** `80GB+` and its like as the names of devices; anything else as it is. */
function byName({ text, field }: Asked): readonly string[] | null {
  const parts = text.split(':');
  const [first = '', second = '', third = ''] = parts;
  let request: { memory: string; count: string; maker?: string } | undefined;
  if (parts.length === 3) request = { maker: first, memory: second, count: third };
  else if (parts.length === 2 && memory.test(first)) request = { memory: first, count: second };
  else if (parts.length === 2 && memory.test(second)) request = { maker: first, memory: second, count: '1' };
  else if (parts.length === 1 && memory.test(first)) request = { memory: first, count: '1' };
  if (!request) return [text];
  const count = parsePythonInt(request.count);
  const orMore = request.memory.endsWith('+');
  const size = memory.test(request.memory) ? wholeGb(request.memory.replace('+', '')) : undefined;
  if (count === undefined || size === undefined) {
    return field.error(
      `Expected an accelerator such as A100 or A100:8, or a memory size such as 80GB+, found "${text}"`,
    );
  }
  const names = acceleratorsByMemory(size, orMore, request.maker);
  if (names.length === 0)
    return field.error(`No known accelerator has this memory. Name one such as A100, found "${text}"`);
  return names.map((name) => `${name}:${count}`);
}

/** Name and count of `NAME[:COUNT]`. */
export function parseAccelerator({ text, field }: Asked): { name: string; count: number } | null {
  const parts = text.split(':');
  const [name = '', countText] = parts;
  const count = countText === undefined ? 1 : parsePythonFloat(countText);
  if (count === undefined || parts.length > 2) {
    return field.error(`Expected an accelerator such as A100 or A100:8, found "${text}"`);
  }
  return count > 0
    ? { name, count }
    : field.error(`The count of an accelerator must be more than 0, found "${text}"`);
}

const gkeTpus = [
  'tpu-v4-podslice',
  'tpu-v5-lite-device',
  'tpu-v5-lite-podslice',
  'tpu-v5p-slice',
  'tpu-v6e-slice',
];

/** The cloud and settings that a TPU brings along; `null` after an error. */
export function tpuSettings(
  asked: Asked,
  name: string,
  cloud: string | null,
  given: Readonly<Record<string, Json>> | null,
  instanceType: string | null,
): { cloud: string | null; accelerator_args: Readonly<Record<string, Json>> | null } | null {
  if (!name.toLowerCase().includes('tpu')) return { cloud, accelerator_args: given };
  const gke = gkeTpus.includes(name);
  const place = cloud ?? (gke ? 'kubernetes' : 'gcp');
  if (place !== 'gcp' && place !== 'kubernetes')
    return asked.field.error(`TPUs are on gcp and kubernetes only, not on ${place}`);
  const settings = given ?? {};
  if (place !== 'gcp' || gke) return { cloud: place, accelerator_args: settings };
  const tpuVm = settings.tpu_vm ?? true;
  const written = 'runtime_version' in settings;
  if (instanceType !== null && tpuVm && instanceType !== 'TPU-VM') {
    return asked.field.error('A TPU VM has no instance_type. Remove instance_type');
  }
  if (written) return { cloud: place, accelerator_args: settings };
  return {
    cloud: place,
    accelerator_args: { ...settings, runtime_version: runtimeVersion(name, tpuVm === true) },
  };
}

function runtimeVersion(name: string, tpuVm: boolean): string {
  if (!tpuVm) return '2.12.0';
  if (name.startsWith('tpu-v5')) return 'v2-alpha-tpuv5';
  return name.startsWith('tpu-v6e') ? 'v2-alpha-tpuv6e' : 'tpu-vm-base';
}
