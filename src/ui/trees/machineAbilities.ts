import type { MachineEntry } from '../../services/machines/machines';

/** What can be done with a machine now. The names are the tags in `contextValue` that menus test. */
export const machineAbilities = {
  attachable: ({ instance, machine }: MachineEntry) =>
    machine.status.state === 'detached' && instance.attachable !== false,
  detachable: ({ machine }: MachineEntry) => machine.status.state !== 'detached',
  removable: ({ instance }: MachineEntry) => instance.removable,
  startable: ({ instance }: MachineEntry) => instance.power === 'start',
  haltable: ({ instance }: MachineEntry) => instance.power === 'stop',
  idleSettable: ({ instance }: MachineEntry) => instance.idle !== undefined,
  /** A watchdog is what stops it. */
  watchable: ({ instance }: MachineEntry) => instance.idle === undefined,
  paged: ({ instance }: MachineEntry) => instance.hasPage === true,
  openable: ({ instance }: MachineEntry) => instance.remoteAuthority !== undefined,
} as const;

/** Such as `machine attachable removable`. */
export function machineContextValue(entry: MachineEntry): string {
  const able = Object.entries(machineAbilities).filter(([, can]) => can(entry));
  return ['machine', ...able.map(([name]) => name)].join(' ');
}
