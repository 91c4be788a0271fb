import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SshMachine } from '../../src/providers/ssh/link/sshMachine';
import { LocalMachine } from '../fakes/localMachine';
import { SshPerson } from '../fakes/sshd/sshPerson';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { machineContract } from './machine.contract';

machineContract('this computer', () => {
  let home = '';
  return {
    start: async () => {
      home = await realpath(await mkdtemp(join(tmpdir(), 'trainyard-machine-')));
      return new LocalMachine(home);
    },
    stop: () => rm(home, { recursive: true }),
  };
});

machineContract('a host over SSH', () => {
  let server: SshdServer;
  let machine: SshMachine;
  return {
    start: async () => {
      server = await SshdServer.start();
      machine = new SshMachine(new SshPerson().parts(server.hostConfig('gpu')));
      return machine;
    },
    stop: async () => {
      machine.dispose();
      await server.stop();
    },
  };
});
