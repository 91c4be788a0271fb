import { KeyFiles } from '../../../src/providers/ssh/hosts/keyFiles';
import { KnownHostsFiles } from '../../../src/providers/ssh/hosts/hostKeys';
import type { HostConfig } from '../../../src/providers/ssh/hostConfig';
import { SshMachine } from '../../../src/providers/ssh/link/sshMachine';
import type { SshMachineTimes } from '../../../src/providers/ssh/link/sshMachineTimes';
import { workplace } from '../workplace';
import type { SshdServer } from './sshdServer';

/** A machine that is reached through a server, without any question. */
export function sshMachine(
  server: SshdServer,
  alias: string,
  config: Partial<HostConfig> = {},
  times: Partial<SshMachineTimes> = {},
): SshMachine {
  const context = workplace();
  const keys = new KeyFiles(context.log);
  return new SshMachine(
    {
      alias,
      context,
      resolve: () => Promise.resolve(server.hostConfig(alias, config)),
      hostKeys: new KnownHostsFiles(context.log),
      keyFile: (path) => keys.get(path),
    },
    times,
  );
}
