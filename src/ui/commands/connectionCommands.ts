import type { CommandTable } from './commandTable';

const actions = () => import('./connectionActions');

export const connectionCommands: CommandTable = {
  'trainyard.connection.add': async (host) => (await actions()).addConnection(host),
  'trainyard.connection.check': async (host, word) => (await actions()).checkConnection(host, word),
  'trainyard.connection.openPolicy': async (host, word) => (await actions()).openPolicy(host, word),
  'trainyard.connection.remove': async (host, word) => (await actions()).removeConnection(host, word),
  'trainyard.connection.signIn': async (host, word) => (await actions()).signIn(host, word),
};
