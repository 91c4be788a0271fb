import { randomUUID } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CellRecord } from '../../src/core/notebook/cellRecord';
import { defaultSettings } from '../../src/core/settings';
import { SshMachine } from '../../src/providers/ssh/link/sshMachine';
import { Notebooks } from '../../src/services/notebooks/notebooks';
import { ensureJupyter, jupyterEnvironment } from '../../scripts/python.mjs';
import { agreeing, printed } from '../fakes/notebooks/notebookMachine';
import { FaultProxy } from '../fakes/sshd/faultProxy';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { SshPerson } from '../fakes/sshd/sshPerson';

const never = new AbortController().signal;

let server: SshdServer;
let proxy: FaultProxy;
let machine: SshMachine;
let notebooks: Notebooks;

beforeAll(async () => {
  await ensureJupyter();
  server = await SshdServer.start({ address: '127.0.0.7' });
  proxy = await FaultProxy.start(server);
  mkdirSync(join(server.home, '.trainyard/jupyter'), { recursive: true });
  symlinkSync(jupyterEnvironment(), join(server.home, '.trainyard/jupyter/venv'));
  const config = { ...server.hostConfig('gpu'), hostName: '127.0.0.1', port: proxy.port };
  machine = new SshMachine(new SshPerson().parts(config));
  notebooks = new Notebooks({
    home: join(server.home, 'state'),
    remoteFolder: resolve('src/remote'),
    setting: (key) => defaultSettings[key],
  });
});

afterAll(async () => {
  notebooks.dispose();
  machine.dispose();
  await proxy.stop();
  await server.stop();
});

describe('A notebook over SSH', () => {
  it('gets all 500 ticks of a cell, in order and once, while the network is cut every second', async () => {
    await machine.attach({}, never);
    const kernels = notebooks.on(machine);
    await kernels.server.ensure(agreeing, never);
    const kernel = await kernels.start({ id: randomUUID(), spec: '', notebook: 'a.ipynb' }, never);
    const cell = randomUUID();
    const code = 'import time\nfor i in range(500):\n    print(i, flush=True)\n    time.sleep(0.02)';
    await kernels.run(cell, kernel.id, code, never);
    proxy.cutEvery(1000, 300);
    const records: CellRecord[] = [];
    for await (const record of kernels.follow(cell, never)) records.push(record);
    await proxy.stopCutting();
    expect(printed(records)).toBe(Array.from({ length: 500 }, (_, i) => `${i}\n`).join(''));
    expect(records.at(-1)).toMatchObject({ type: 'ended', status: 'ok' });
    expect(proxy.taken).toBeGreaterThan(5);
  });

  it('is reached by other programs through a port that waits while the network is away, and asks for the token', async () => {
    const { port } = await notebooks.tunnel(machine);
    const url = `http://127.0.0.1:${port}/api/kernels`;
    expect((await fetch(url, { headers: { connection: 'close' } })).status).toBe(403);
    await proxy.refuse();
    proxy.reset();
    const token = notebooks.on(machine).server.known?.token ?? '';
    const answer = fetch(url, { headers: { authorization: `token ${token}` } });
    await proxy.accept();
    expect((await answer).status).toBe(200);
  });
});
