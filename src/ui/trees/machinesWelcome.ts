import type { ConnectionEntry } from '../../services/connections';

/** What leads to a first machine: to wait for who was asked, to launch one where that can be done, or else to add one. */
export type MachinesWelcome = 'looking' | 'launch' | 'add';

/** @param isWaiting Whether some connection has never answered yet. */
export function machinesWelcome(
  isWaiting: boolean,
  connections: readonly ConnectionEntry[],
): MachinesWelcome {
  if (isWaiting) return 'looking';
  const canLaunch = connections.some(
    (entry) => entry.kind === 'connection' && entry.connection.instances?.launching !== undefined,
  );
  return canLaunch ? 'launch' : 'add';
}
