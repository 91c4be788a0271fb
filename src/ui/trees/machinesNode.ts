import type { RemoteFile } from '../../core/machine';
import { bytesText } from '../../core/words';
import type { KnownMachines, MachineEntry } from '../../services/machines/machines';
import { machineRow, problemRow } from './machineRow';
import type { MachinePart, PartRow } from './machineRows/machinePart';
import { oneLine } from './markdown';
import type { Row } from './row';
import { troubleLabel, troubleRow, type Trouble } from './trouble';

/** Every node of a machine carries its id as `machine`, which the commands of its menu are about. */
export type MachinesNode =
  | {
      readonly kind: 'group';
      readonly id: string;
      readonly label: string;
      readonly machines: readonly string[];
    }
  | { readonly kind: 'machine'; readonly machine: string }
  | { readonly kind: 'problem'; readonly machine: string }
  | { readonly kind: 'part'; readonly machine: string; readonly part: PartRow; readonly item?: string }
  /** A folder without a file is the user's home. */
  | { readonly kind: 'folder'; readonly machine: string; readonly path?: string; readonly file?: RemoteFile }
  | { readonly kind: 'file'; readonly machine: string; readonly path: string; readonly file: RemoteFile }
  | { readonly kind: 'more'; readonly machine: string; readonly path: string; readonly count: number }
  | { readonly kind: 'noFiles'; readonly machine: string; readonly path: string; readonly why: string }
  | Trouble;

/** From so many machines on they stand in groups: those that somebody works on, then the others. */
const longList = 50;

/** The top of the Machines view; empty where there are none, so that its welcome shows. */
export function machinesNodes(
  { entries, troubles }: KnownMachines,
  isWanted: (id: string) => boolean,
): readonly MachinesNode[] {
  const ids = entries.map(({ instance }) => instance.id);
  const top: MachinesNode[] = troubles.map(({ id, label, error }) => ({
    kind: 'trouble',
    id,
    label: troubleLabel(label, error, label),
    error,
  }));
  if (ids.length <= longList) return [...top, ...ids.map(machineNode)];
  const busy = new Set(
    entries
      .filter(({ instance, machine }) => machine.status.state !== 'detached' || isWanted(instance.id))
      .map(({ instance }) => instance.id),
  );
  return [
    ...top,
    ...group('attached', 'Attached', [...busy]),
    ...group(
      'others',
      busy.size > 0 ? 'Others' : 'All',
      ids.filter((id) => !busy.has(id)),
    ),
  ];
}

/** What stands below a machine, but for its files' own rows. */
export function machineChildren(entry: MachineEntry, parts: readonly MachinePart[]): readonly MachinesNode[] {
  const { machine } = entry;
  const { state, problem } = machine.status;
  return [
    ...(problem !== undefined && state !== 'attached'
      ? [{ kind: 'problem' as const, machine: machine.id }]
      : []),
    ...partNodes(
      machine.id,
      parts.flatMap((part) => part.rows?.(entry) ?? []),
    ),
    ...(state === 'attached' ? [{ kind: 'folder' as const, machine: machine.id }] : []),
  ];
}

export function partNodes(machine: string, rows: readonly PartRow[]): readonly MachinesNode[] {
  return rows.map((part) => ({
    kind: 'part',
    machine,
    part,
    ...(part.item !== undefined && { item: part.item }),
  }));
}

export function machineNode(machine: string): MachinesNode {
  return { kind: 'machine', machine };
}

/** `undefined` of a machine that is no longer listed. */
export function machinesRow(
  node: MachinesNode,
  entry: MachineEntry | undefined,
  parts: readonly MachinePart[],
  now: number,
): Row {
  switch (node.kind) {
    case 'group':
      return {
        id: `group/${node.id}`,
        label: `${node.label} (${node.machines.length})`,
        contextValue: 'group',
        children: 'expanded',
      };
    case 'machine':
      return entry
        ? machineRow(entry, parts, now)
        : { id: `machine/${node.machine}`, label: node.machine, description: 'no longer listed' };
    case 'problem':
      return entry ? problemRow(entry) : { id: `problem/${node.machine}`, label: node.machine };
    case 'part': {
      const { row } = node.part;
      return { ...row, id: `${node.machine}/${row.id}` };
    }
    case 'folder':
    case 'file':
      return fileRow(node);
    case 'more':
      return {
        id: `${node.machine}/more${node.path}`,
        label: `${node.count} more`,
        description: 'open a terminal, or browse to a file',
        contextValue: 'more',
      };
    case 'noFiles':
      return {
        id: `${node.machine}/noFiles${node.path}`,
        label: oneLine(node.why, 300),
        icon: { id: 'warning', color: 'list.warningForeground' },
        contextValue: 'noFiles',
        command: { command: 'trainyard.refresh', title: 'Try Again', arguments: [] },
      };
    case 'trouble':
      return troubleRow(node);
  }
}

type FileNode = Extract<MachinesNode, { readonly kind: 'folder' | 'file' }>;

function fileRow({ kind, machine, path, file }: FileNode): Row {
  if (!file || path === undefined) {
    return {
      id: `${machine}/files`,
      label: 'Files',
      icon: { id: 'files' },
      contextValue: 'remoteHome',
      children: 'collapsed',
    };
  }
  const link = file.kind === 'link' ? 'link' : undefined;
  const size = kind === 'file' ? bytesText(file.bytes) : undefined;
  return {
    id: `${machine}/file${path}`,
    label: oneLine(file.name, 200),
    description: [link, size].filter((word) => word !== undefined).join(' · '),
    icon: { id: kind === 'folder' ? 'folder' : 'file' },
    contextValue: kind === 'folder' ? 'remoteFolder' : 'remoteFile',
    tooltip: {
      title: file.name,
      facts: [
        ['Path', path],
        ...(size === undefined ? [] : [['Size', size] as const]),
        ['Changed', new Date(file.modified).toLocaleString()],
        ['Mode', file.mode.toString(8).padStart(3, '0')],
      ],
    },
    ...(kind === 'folder'
      ? { children: 'collapsed' as const }
      : { command: { command: 'trainyard.machine.browse', title: 'Open', arguments: [] } }),
  };
}

function group(id: string, label: string, machines: readonly string[]): MachinesNode[] {
  return machines.length > 0 ? [{ kind: 'group', id, label, machines }] : [];
}
