import { afterAll, beforeAll } from 'vitest';
import type { Machine } from '../../src/core/machine';
import type { Settings } from '../../src/core/settings';
import type { HostConfig } from '../../src/providers/ssh/hostConfig';
import { SshTrainingJobs } from '../../src/providers/ssh/jobs/trainingJobs';
import type { SshMachine } from '../../src/providers/ssh/link/sshMachine';
import type { SshMachineTimes } from '../../src/providers/ssh/link/sshMachineTimes';
import { commandLines, processesWith } from '../fakes/processes';
import { sshMachine } from '../fakes/sshd/machine';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { workplace } from '../fakes/workplace';
import type { Harness } from './jobsUnderTest';

/** A host under test: where it is and what its home folder is. */
export interface TestHost {
  readonly alias: string;
  readonly home: string;
  readonly machine: Machine;
}

/** Two machines, each an OpenSSH server on this computer with a home folder of its own, for all tests of a file. */
export class TestHosts {
  readonly servers: SshdServer[] = [];
  private readonly machines: SshMachine[] = [];

  constructor(private readonly aliases: readonly string[]) {
    beforeAll(async () => {
      for (const [index] of this.aliases.entries())
        this.servers.push(await SshdServer.start({ address: `127.0.0.${index + 1}` }));
    });
    afterAll(async () => {
      for (const machine of this.machines) machine.dispose();
      for (const server of this.servers) await server.stop();
    });
  }

  /** With connections of their own each time. */
  hosts(config: Partial<HostConfig> = {}, times: Partial<SshMachineTimes> = {}): readonly TestHost[] {
    return this.servers.map((server, index) => {
      const alias = this.aliases[index] ?? '';
      const machine = sshMachine(server, alias, config, times);
      this.machines.push(machine);
      return { alias, home: server.home, machine };
    });
  }

  harness(settings: Partial<Settings> = {}): Harness {
    return harnessOf(`ssh/${this.aliases.join(',')}`, () => this.hosts(), settings);
  }
}

export function harnessOf(
  connection: string,
  hosts: () => readonly TestHost[],
  settings: Partial<Settings> = {},
): Harness {
  return {
    place: `resources: {infra: "${connection}"}`,
    connect() {
      const facet = new SshTrainingJobs(workplace(settings), connection, hosts());
      return Promise.resolve({ id: connection, label: connection, trainingJobs: facet });
    },
    processes: (marker) => Promise.resolve(processesWith(marker)),
    commandLines: () => Promise.resolve(commandLines()),
  };
}
