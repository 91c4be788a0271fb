import { mountProblem } from '../../launched/mountProblem';
import type { LaunchPlace } from '../../launched/unsupported';

/** Machines that are reached over SSH, by the id of their connection. */
export function hostPlace(connection: string): LaunchPlace {
  return {
    infra: connection,
    name: 'The machine',
    autostop: 'A job does not stop the machine. Its watchdog can, when it is idle.',
    mountProblem,
  };
}
