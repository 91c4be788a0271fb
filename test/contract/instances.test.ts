import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ssh } from '../../src/providers/ssh/ssh';
import { workplace } from '../fakes/workplace';
import { instancesContract } from './instances.contract';

instancesContract('a host of an ssh_config', () => {
  let folder = '';
  const opened: { dispose?(): void }[] = [];
  return {
    start: async () => {
      folder = await mkdtemp(join(tmpdir(), 'trainyard-instances-'));
      const config = join(folder, 'config');
      await writeFile(config, 'Host gpu-1\n  HostName 127.0.0.1\n');
      const provider = ssh({ ...workplace({ 'trainyard.ssh.configFile': config }), home: folder });
      opened.push(provider);
      const [connection] = await provider.connections();
      if (!connection?.instances) throw new Error('The host has no instances');
      return connection.instances;
    },
    stop: async () => {
      for (const one of opened) one.dispose?.();
      await rm(folder, { recursive: true });
    },
  };
});
