import type { CommandTable } from './commandTable';

const machines = () => import('./machineActions');
const files = () => import('./machineFileActions');
const ports = () => import('./portActions');
const power = () => import('./powerActions');
const watching = () => import('./watchActions');

export const machineCommands: CommandTable = {
  'trainyard.machine.addFolder': async (host, word) => (await files()).addMachineFolder(host, word),
  'trainyard.machine.attach': async (...words) => (await machines()).attachMachines(...words),
  'trainyard.machine.browse': async (host, word) => (await files()).browseMachine(host, word),
  'trainyard.machine.copyAddress': async (host, word) => (await machines()).copyAddress(host, word),
  'trainyard.machine.detach': async (...words) => (await machines()).detachMachines(...words),
  'trainyard.machine.download': async (...words) => (await files()).downloadFromMachine(...words),
  'trainyard.machine.filter': async () => (await machines()).filterMachines(),
  'trainyard.machine.forwardPort': async (host, word) => (await ports()).forwardPort(host, word),
  'trainyard.machine.launch': async (host) => (await import('./launchActions')).launchMachine(host),
  'trainyard.machine.openPage': async (host, word) => (await power()).openMachinePage(host, word),
  'trainyard.machine.openRemoteWindow': async (host, word) => (await machines()).openRemoteWindow(host, word),
  'trainyard.machine.openTensorBoard': async (host, word) =>
    (await import('./tensorBoardActions')).openTensorBoard(host, word),
  'trainyard.machine.openTerminal': async (host, word) => (await machines()).openMachineTerminal(host, word),
  'trainyard.machine.remove': async (host, word) => (await machines()).removeMachine(host, word),
  'trainyard.machine.setIdleShutdown': async (host, word) =>
    (await import('./idleActions')).setIdleShutdownOf(host, word),
  'trainyard.machine.start': async (host, word) => (await power()).startMachine(host, word),
  'trainyard.machine.stop': async (host, word) => (await power()).stopMachine(host, word),
  'trainyard.machine.stopProcess': async (...words) => (await watching()).stopMachineProcess(...words),
  'trainyard.machine.upload': async (...words) => (await files()).uploadToMachine(...words),
  'trainyard.machine.watch': async (host, word) => (await watching()).watchMachine(host, word),
  'trainyard.port.copyAddress': async (host, word) => (await ports()).copyPortAddress(host, word),
  'trainyard.port.open': async (host, word) => (await ports()).openPort(host, word),
  'trainyard.port.stop': async (host, word) => (await ports()).stopPort(host, word),
};
