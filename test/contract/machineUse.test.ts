import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SshMachine } from '../../src/providers/ssh/link/sshMachine';
import { download } from '../../src/services/machines/download';
import { ShellSession } from '../../src/services/machines/shellSession';
import { checkMachine } from '../../src/services/machines/machineCheck';
import { upload } from '../../src/services/machines/upload';
import { listeningPorts } from '../../src/services/ports/listeningPorts';
import { PortForwards } from '../../src/services/ports/portForwards';
import { FaultProxy } from '../fakes/sshd/faultProxy';
import { SshPerson } from '../fakes/sshd/sshPerson';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { never } from '../fakes/stateFolder';
import { until } from '../fakes/until';
import { LogLines } from '../fakes/workplace';

/** What a person does with a machine, over real SSH. */
let server: SshdServer;
let proxy: FaultProxy;
let machine: SshMachine;
let here = '';

beforeAll(async () => {
  server = await SshdServer.start();
});
afterAll(() => server.stop());
beforeEach(async () => {
  here = mkdtempSync(join(tmpdir(), 'trainyard-use-'));
  proxy = await FaultProxy.start(server);
  const config = server.hostConfig('gpu', { hostName: '127.0.0.1', port: proxy.port });
  machine = new SshMachine(new SshPerson().parts(config), { firstRetry: 20, lastRetry: 200 });
  await machine.attach({}, never);
});
afterEach(async () => {
  machine.dispose();
  await proxy.stop();
  rmSync(here, { recursive: true, force: true });
});

const replace = { onConflict: () => Promise.resolve('replace' as const) };
const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('a transfer over SSH', () => {
  it('moves a folder with 200 files and 32 MiB there and back, byte for byte', async () => {
    const folder = join(here, 'data');
    mkdirSync(folder);
    for (let index = 0; index < 200; index++) writeFileSync(join(folder, `f ${index}.txt`), `file ${index}`);
    const large = randomBytes(32 << 20);
    writeFileSync(join(folder, 'large.bin'), large);
    const up = await upload(machine, [folder], server.home, replace, never);
    expect(up).toMatchObject({ files: 201, skipped: [] });
    expect(sum(readFileSync(join(server.home, 'data/large.bin')))).toBe(sum(large));
    const back = join(here, 'back');
    mkdirSync(back);
    const down = await download(machine, [join(server.home, 'data')], back, replace, never);
    expect(down).toMatchObject({ files: 201, bytes: up.bytes });
    expect(sum(readFileSync(join(back, 'data/large.bin')))).toBe(sum(large));
    expect(readFileSync(join(back, 'data/f 7.txt'), 'utf8')).toBe('file 7');
  });

  it('that the connection breaks says so, and leaves no half file here', async () => {
    writeFileSync(join(server.home, 'large.bin'), randomBytes(16 << 20));
    const onProgress = ({ bytes }: { readonly bytes: number }) => {
      if (bytes > 1 << 20) proxy.reset();
    };
    const moving = download(
      machine,
      [join(server.home, 'large.bin')],
      here,
      { ...replace, onProgress },
      never,
    );
    await expect(moving).rejects.toMatchObject({ kind: 'network' });
    expect(existsSync(join(here, 'large.bin'))).toBe(false);
  });
});

describe('a forwarded port over SSH', () => {
  it('survives cuts: 40 requests, with a cut of 100 ms in the middle of each fourth, are all answered', async () => {
    const web = createHttpServer((_, reply) => reply.end('from the machine'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const forwards = new PortForwards(new LogLines());
    try {
      const { port } = web.address() as AddressInfo;
      const { localPort } = await forwards.forward(machine, { port }, never);
      // Someone who is answered only in part asks again, as a browser does; who waits for a connection need not.
      const ask = () =>
        fetch(`http://127.0.0.1:${localPort}/`, { headers: { connection: 'close' } }).then(
          (reply) => reply.text(),
          () => undefined,
        );
      for (let index = 0; index < 40; index++) {
        const first = ask();
        if (index % 4 === 0) {
          await proxy.refuse();
          proxy.reset();
          setTimeout(() => void proxy.accept(), 100);
        }
        const answer = (await first) ?? (await until(`request ${index} is answered`, ask));
        expect(answer).toBe('from the machine');
      }
      expect(proxy.taken).toBeGreaterThan(10);
    } finally {
      await proxy.accept();
      forwards.dispose();
      web.close();
    }
  });

  it('is offered where something listens, with its program where that is the user’s', async () => {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = listener.address() as AddressInfo;
      const found = await listeningPorts(machine, 'src/remote', never);
      expect(found.map((one) => one.port)).toContain(port);
    } finally {
      listener.close();
    }
  });
});

describe.skipIf(!SshdServer.canTerminal)('a shell over SSH', () => {
  const open = () => {
    const shown = { text: '', closed: false };
    const session = new ShellSession(machine, {
      write: (text) => (shown.text += text),
      close: () => (shown.closed = true),
    });
    return { session, shown };
  };

  it('echoes, knows its size, takes Ctrl+C, and ends', async () => {
    const { session, shown } = open();
    session.resize(101, 33);
    void session.start();
    session.type('stty size; echo $((6*7))\r');
    await until('it answers', () => /33 101\s+42/.test(shown.text));
    session.type('sleep 600\r');
    await until('it sleeps', () => shown.text.includes('sleep 600'));
    session.type('\x03');
    session.type('echo $((7*7))\r');
    await until('it goes on', () => shown.text.includes('49'));
    session.type('exit\r');
    await until('it is closed', () => shown.closed);
  });

  it('takes a paste of a megabyte whole', async () => {
    const { session, shown } = open();
    void session.start();
    session.type('echo re""ady; cat > paste\r');
    await until('it takes it', () => shown.text.includes('ready'));
    const lines = Array.from({ length: 16_384 }, (_, index) => String(index).padStart(63, '.'));
    const paste = `${lines.join('\n')}\n`;
    expect(paste.length).toBe(1 << 20);
    session.type(paste.replaceAll('\n', '\r'));
    session.type('\x04');
    const path = join(server.home, 'paste');
    await until('all of it is there', () => existsSync(path) && readFileSync(path, 'utf8') === paste);
    session.close();
  });

  it('says that the connection was lost, and Enter brings another', async () => {
    const { session, shown } = open();
    void session.start();
    session.type('echo one$((1+1))\r');
    await until('it runs', () => shown.text.includes('one2'));
    proxy.reset();
    await until('it says so', () => shown.text.includes('Press Enter for a new shell'));
    session.type('\r');
    session.type('echo two$((1+1))\r');
    await until('the other runs', () => shown.text.includes('two2'));
    expect(shown.closed).toBe(false);
    session.close();
  });
});

describe('a look at a machine', () => {
  it('says that it answers, and lets go of a machine that nobody attached', async () => {
    machine.detach();
    const check = await checkMachine(machine, 60_000, never);
    expect(check.reachable).toBe(true);
    expect(machine.status.state).toBe('detached');
  });

  it('gives up in time where nothing answers', async () => {
    machine.detach();
    proxy.set({ kind: 'stall' });
    expect(await checkMachine(machine, 500, never)).toEqual({ reachable: false, why: 'no answer in 0.5 s' });
  });
});
