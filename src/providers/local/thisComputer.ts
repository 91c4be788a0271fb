import type { LaunchPlace } from '../launched/unsupported';

/** The computer that the editor runs on. */
export const thisComputer: LaunchPlace = {
  infra: 'local',
  name: 'This computer',
  autostop: 'This computer is never stopped.',
  mountProblem,
};

/** Only places inside the working directory are filled: the rest of this computer is its owner's. */
export function mountProblem(destination: string): string | undefined {
  if (/^[~/\\]|^[A-Za-z]:/.test(destination) || destination.split(/[\\/]/).includes('..'))
    return 'On this computer only places inside the working directory are filled: make the path relative.';
  return undefined;
}
