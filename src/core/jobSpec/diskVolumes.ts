import type { Field } from './field';
import type { Json } from './jobSpec';
import { jsonOf } from './json';

type Volume = Readonly<Record<string, Json>>;

const tiers = ['low', 'medium', 'high', 'ultra', 'best'];

/** Disks to attach with what was left out filled in; `null` for none. A word that is not known falls back, as in SkyPilot. */
export function readDiskVolumes(volumes: readonly Field[]): readonly Volume[] | null {
  const read: Volume[] = [];
  for (const field of volumes) {
    const volume = readVolume(field);
    if (!volume) return null;
    read.push(volume);
  }
  return read.length > 0 ? read : null;
}

function readVolume(field: Field): Volume | null {
  const given = jsonOf(field.tree) as Record<string, Json>;
  if (!('path' in given)) return field.error('A volume needs a path. Add path');
  const volume: Record<string, Json> = { ...given };
  volume.storage_type = word(given.storage_type, ['network', 'instance'], 'network');
  volume.attach_mode = word(given.attach_mode, ['read_only', 'read_write'], 'read_write');
  volume.auto_delete = given.auto_delete ?? false;
  if (volume.storage_type === 'network') {
    const size = given.disk_size;
    if (size !== undefined && (typeof size !== 'number' || !Number.isInteger(size))) {
      return (field.get('disk_size') ?? field).error('Expected a whole number of GB');
    }
    if (!('name' in given)) return field.error('A network volume needs a name. Add name');
    volume.disk_tier = word(given.disk_tier, tiers, 'best');
  } else {
    delete volume.name;
    if ('disk_tier' in given) volume.disk_tier = word(given.disk_tier, tiers, 'best');
  }
  return volume;
}

function word(given: Json | undefined, known: readonly string[], fallback: string): string {
  const text = typeof given === 'string' ? given.toLowerCase() : fallback;
  return known.includes(text) ? text : fallback;
}
