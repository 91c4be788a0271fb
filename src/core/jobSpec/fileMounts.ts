import type { Field } from './field';
import type { FileMount } from './jobSpec';
import { storageSchema } from './mountSchema';
import { checkSchema } from './schemaCheck';
import { entryOf, type Entry, type Tree } from './yamlTree';

const remoteWorkdir = '~/sky_workdir';

export interface Mounts {
  readonly mounts: Readonly<Record<string, FileMount>>;
  /** Mounts of `store: volume` are disks of the machine. */
  readonly volumes: readonly Field[];
}

/** `field` has its variables filled in. */
export function readFileMounts(field: Field | undefined, hasWorkdir: boolean): Mounts {
  const copies: [string, FileMount][] = [];
  const stores: [string, FileMount][] = [];
  const volumes: Field[] = [];
  for (const [path, mount] of field?.fields() ?? []) {
    if (mount.string !== undefined) copies.push([path, { kind: 'copy', source: mount.string }]);
    else if (mount.kind !== 'map')
      mount.error('Expected a path, a bucket’s URL or a mapping such as {name: my-bucket}');
    else if (mount.get('store')?.string === 'volume') {
      const volume = volumeOf(path, mount);
      if (volume) volumes.push(volume);
      const source = mount.get('source')?.string;
      if (source) copies.push([`${path.replace(/\/+$/, '')}/data`, { kind: 'copy', source }]);
    } else {
      const storage = readStorage(mount);
      const problem = destinationProblem(path, hasWorkdir);
      if (problem) mount.error(problem);
      if (storage) stores.push([path, storage]);
    }
  }
  return { mounts: Object.fromEntries([...copies, ...stores]), volumes };
}

function destinationProblem(path: string, hasWorkdir: boolean): string | undefined {
  if (path === '') return 'A mount needs a path. Write one before the colon';
  if (path === remoteWorkdir && hasWorkdir)
    return `${remoteWorkdir} is where workdir goes. Mount to a folder inside it`;
  if (/^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?\/\/[^/?#]/.test(path))
    return 'A mount’s destination can not be a bucket. Write a path';
  return undefined;
}

function readStorage(field: Field): FileMount | null {
  if (!checkSchema(storageSchema, field)) return null;
  // SkyPilot overlooks unknown fields without a value in a check, and then stumbles over them.
  const mode = field.get('mode')?.string?.toUpperCase() ?? 'MOUNT';
  const needs: readonly (readonly [name: string, field: Field | undefined, mode: string])[] = [
    ['type', field.get('type'), 'MOUNT_CACHED'],
    ['config.mount_cached', field.get('config')?.get('mount_cached'), 'MOUNT_CACHED'],
    ['config.mount', field.get('config')?.get('mount'), 'MOUNT'],
  ];
  for (const [name, given, needed] of needs) {
    if (given && mode !== needed) return given.error(`${name} needs mode: ${needed}, found ${mode}`);
  }
  const source = field.get('source');
  const store = field.get('store')?.string;
  return {
    kind: 'storage',
    mode: mode as 'MOUNT' | 'COPY' | 'MOUNT_CACHED',
    name: field.get('name')?.string ?? null,
    persistent: field.get('persistent')?.bool ?? true,
    source: source ? (source.string ?? source.items().map((item) => item.text)) : null,
    stores: store === undefined ? [] : [store.toUpperCase()],
  };
}

/** A disk in the words of `resources.volumes`. */
function volumeOf(path: string, mount: Field): Field | null {
  const config = mount.given('config');
  if (config && config.kind !== 'map') return config.error('Expected a mapping');
  const entries = new Map<string, Entry>();
  const add = (name: string, value: Tree) => entries.set(name, entryFor(mount.tree, name, value));
  add('path', {
    kind: 'scalar',
    value: { type: 'str', value: path },
    start: mount.tree.start,
    end: mount.tree.start,
  });
  const name = entryOf(mount.tree, 'name')?.value;
  if (name && mount.get('name')?.text) add('name', name);
  const persistent = mount.get('persistent')?.bool ?? false;
  add('auto_delete', {
    kind: 'scalar',
    value: { type: 'bool', value: !persistent },
    start: mount.tree.start,
    end: mount.tree.start,
  });
  if (config?.tree.kind === 'map') for (const entry of config.tree.entries) entries.set(entry.name, entry);
  return mount.with({ ...mount.tree, kind: 'map', entries: [...entries.values()] });
}

function entryFor({ start }: Tree, name: string, value: Tree): Entry {
  return { key: { kind: 'scalar', value: { type: 'str', value: name }, start, end: start }, name, value };
}
