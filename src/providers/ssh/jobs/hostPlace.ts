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

/** A job may have files anywhere on a machine of its own, but a relative place is one in its working directory. */
export function mountProblem(destination: string): string | undefined {
  const relative = !/^(?:\/|~(?:\/|$))/.test(destination);
  if (destination.includes('\\') || destination.includes('\0') || /^~[^/]/.test(destination))
    return 'On the machine a path has slashes and begins with / or ~/, or is inside the working directory.';
  if (relative && destination.split('/').includes('..'))
    return 'The path leads out of the working directory: write where it goes, from / or ~/.';
  return undefined;
}
