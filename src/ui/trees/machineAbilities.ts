import type { MachineEntry } from '../../services/machines/machines';

/** Whether anything leads there: to a stopped one, or one that has a page and nothing else, nothing does. */
const isReachable = ({ instance, machine }: MachineEntry) =>
  machine.status.state !== 'detached' || instance.attachable !== false;

/** What can be done with a machine now. The names are the tags in `contextValue` that menus test. */
export const machineAbilities = {
  attachable: ({ instance, machine }: MachineEntry) =>
    machine.status.state === 'detached' && instance.attachable !== false,
  detachable: ({ machine }: MachineEntry) => machine.status.state !== 'detached',
  removable: ({ instance }: MachineEntry) => instance.removable,
  startable: ({ instance }: MachineEntry) => instance.power === 'start',
  haltable: ({ instance }: MachineEntry) => instance.power === 'stop',
  idleSettable: ({ instance }: MachineEntry) => instance.idle !== undefined,
  reachable: isReachable,
  /** A watchdog is what stops it. */
  watchable: (entry: MachineEntry) => entry.instance.idle === undefined && isReachable(entry),
  paged: ({ instance }: MachineEntry) => instance.hasPage === true,
  openable: ({ instance }: MachineEntry) => instance.remoteAuthority !== undefined,
} as const;

/** Such as `machine attachable removable`. */
export function machineContextValue(entry: MachineEntry): string {
  const able = Object.entries(machineAbilities).filter(([, can]) => can(entry));
  return ['machine', ...able.map(([name]) => name)].join(' ');
}
