import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listeningPorts, parsePorts } from '../../../../src/services/ports/listeningPorts';
import { portName } from '../../../../src/services/ports/portName';
import { LocalMachine } from '../../../fakes/localMachine';
import { never } from '../../../fakes/stateFolder';

describe('the ports that a machine listens on', () => {
  it('are read by a script that runs there', async () => {
    const home = mkdtempSync(join(tmpdir(), 'trainyard-listening-'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const ports = await listeningPorts(new LocalMachine(home), 'src/remote', never);
      expect(ports.map((one) => one.port)).toContain(port);
    } finally {
      server.close();
      rmSync(home, { recursive: true });
    }
  });

  it('have the names of known programs first, then those of the user, and no ports of the system’s services', () => {
    const text = [
      'port 22 0.0.0.0 0',
      'port 9100 * 0',
      'port 4321 127.0.0.1 77',
      'port 6099 127.0.0.1 78',
      'port 6099 [::1] 0',
      'process 77 python3 serve.py',
      'process 78 /opt/venv/bin/python /opt/venv/bin/tensorboard --logdir runs',
    ].join('\n');
    expect(parsePorts(text)).toEqual([
      {
        port: 6099,
        name: 'TensorBoard',
        command: '/opt/venv/bin/python /opt/venv/bin/tensorboard --logdir runs',
      },
      { port: 4321, command: 'python3 serve.py' },
      { port: 9100 },
    ]);
  });

  it('are none where a machine answers with something else', () => {
    expect(parsePorts('port 99999 * 1\nport -1 * 1\nMotd: port 80\nprocess x y\n\0')).toEqual([]);
  });

  it.each([
    [6006, undefined, 'TensorBoard'],
    [6006, 'python3 -m http.server 6006', undefined],
    [1234, 'python -m mlflow server', 'MLflow'],
    [8888, undefined, 'Jupyter'],
    [4000, '/usr/bin/python3 /usr/bin/jupyter-lab', 'Jupyter'],
    [8265, undefined, 'Ray Dashboard'],
    [80, undefined, undefined],
  ])('port %i of "%s" is called %s', (port, command, name) => {
    expect(portName(port, command)).toBe(name);
  });
});
