import type { CommandTable } from './commandTable';

const watchdogs = () => import('./watchdogActions');

export const watchdogCommands: CommandTable = {
  'trainyard.watchdog.arm': async (host, word) => (await watchdogs()).armOnMachine(host, word),
  'trainyard.watchdog.disarm': async (host, word) => (await watchdogs()).disarmWatchdog(host, word),
  'trainyard.watchdog.hold': async (host, word) => (await watchdogs()).holdMachine(host, word),
  'trainyard.watchdog.showLog': async (host, word) => (await watchdogs()).showWatchdogLog(host, word),
};
