import type { CommandTable } from './commandTable';

/** Commands that are about no noun. */
export function generalCommands(refresh: () => void): CommandTable {
  return {
    'trainyard.refresh': () => {
      refresh();
      return Promise.resolve();
    },
    'trainyard.showLog': (host) => {
      host.log.show();
      return Promise.resolve();
    },
  };
}
