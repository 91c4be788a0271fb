import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { linux, shells } from '../launchedJob';
import { FakeMachine } from './fakeMachine';

type Config = Readonly<Record<string, string | number>>;
type Case = readonly [
  name: string,
  config: Config,
  story: (machine: FakeMachine, test: TestContext) => Promise<void>,
];

const inUse = (word: string) => ({ idle: 0, kept: [word] });
const busy = '[{"id": "a", "execution_state": "busy"}]';
const idle = '[{"id":"a","execution_state":"idle"},{"id":"b","execution_state":"starting"}]';

/** Each is a promise of one source: what it takes for use, and what not. */
const cases: readonly Case[] = [
  [
    'half a core keeps, and less does not',
    {},
    async (machine) => {
      await machine.look(1);
      expect(await machine.look(1, 60, 0.5)).toMatchObject(inUse('CPU: 0.5 cores'));
      expect(await machine.look(1, 60, 0.48)).toMatchObject({ kept: [] });
    },
  ],
  [
    'processors are those of the container where there is one, in either version of cgroups',
    {},
    async (machine) => {
      rmSync(join(machine.root, 'sys/fs/cgroup/cpu.stat'));
      mkdirSync(join(machine.root, 'sys/fs/cgroup/cpuacct'));
      machine.write('sys/fs/cgroup/cpuacct/cpuacct.usage', '1000000000\n');
      machine.write('proc/stat', 'cpu  0 0 0 0 0 0 0 0 0 0\n');
      const tick = async () => {
        machine.uptime += 60;
        machine.write('proc/uptime', `${machine.uptime}.50 0.0\n`);
        await machine.run('tick');
        return machine.status();
      };
      await tick();
      machine.write('sys/fs/cgroup/cpuacct/cpuacct.usage', '121000000000\n');
      expect(await tick()).toMatchObject(inUse('CPU: 2.0 cores'));
      rmSync(join(machine.root, 'sys/fs/cgroup/cpuacct'), { recursive: true });
      // Another source is no difference to the last.
      expect(await tick()).toMatchObject({ kept: [] });
      machine.write('proc/stat', 'cpu  3000 1000 1000 99 99 500 400 100 7000 0\n');
      expect(await tick()).toMatchObject(inUse('CPU: 1.0 cores'));
    },
  ],
  [
    'a transfer of a megabyte a second keeps, the trickle of a log does not',
    {},
    async (machine) => {
      await machine.look(1);
      expect(await machine.look(1, 60, 0, 2_500_000)).toMatchObject(inUse('a transfer: 2 MB/s'));
      expect(await machine.look(1, 60, 0, 300_000)).toMatchObject({ kept: [] });
    },
  ],
  [
    'traffic keeps nothing where that is switched off',
    { NET_KEEPS: 0 },
    async (machine) => {
      await machine.look(1);
      expect(await machine.look(1, 60, 0, 90_000_000)).toMatchObject({ kept: [] });
    },
  ],
  [
    'a terminal keeps for a quarter of an hour after its last key, and no longer for being open',
    {},
    async (machine) => {
      machine.key(0, 1000);
      expect(await machine.look(1)).toMatchObject(inUse('a terminal'));
      expect(await machine.look(14)).toMatchObject(inUse('a terminal'));
      expect(await machine.look(1)).toMatchObject({ kept: [] });
      machine.key(0, 2000);
      expect(await machine.look(1)).toMatchObject(inUse('a terminal'));
    },
  ],
  [
    'a terminal that opens keeps, one that closes does not',
    { TTY_SECONDS: 120 },
    async (machine) => {
      await machine.look(1);
      machine.key(0, 1000);
      machine.key(1, 1000);
      expect(await machine.look(1)).toMatchObject(inUse('a terminal'));
      expect(await machine.look(2)).toMatchObject({ kept: [] });
      rmSync(join(machine.root, 'dev/pts/1'));
      expect(await machine.look(1)).toMatchObject({ kept: [] });
    },
  ],
  [
    'a clock that is set tells nothing of terminals: only a new key does',
    { TTY_SECONDS: 120 },
    async (machine) => {
      // A day ahead of the clock, as after it was set back.
      machine.key(0, Date.now() / 1000 + 86_400);
      await machine.look(3);
      expect(await machine.status()).toMatchObject({ kept: [] });
    },
  ],
  [
    'a running job keeps from its first second, and is named',
    {},
    async (machine) => {
      const started = readFileSync('/proc/self/stat', 'utf8').replace(/.*\) /, '').split(' ')[19];
      const node = join(machine.home, '.trainyard/jobs/digits-1/nodes/0');
      mkdirSync(node, { recursive: true });
      writeFileSync(join(node, 'pid'), `${process.pid} ${started}\n`);
      expect(await machine.look(1)).toMatchObject(inUse('job digits-1'));
      writeFileSync(join(node, 'exit'), '{}\n');
      expect(await machine.look(1)).toMatchObject({ kept: [] });
    },
  ],
  [
    'a job whose number belongs to another process now has ended',
    {},
    async (machine) => {
      const node = join(machine.home, '.trainyard/jobs/digits-1/nodes/0');
      mkdirSync(node, { recursive: true });
      writeFileSync(join(node, 'pid'), `${process.pid} 12345\n`);
      expect(await machine.look(1)).toMatchObject({ kept: [] });
      writeFileSync(join(node, 'pid'), '1 $(touch $HOME/owned)\n');
      expect(await machine.look(1)).toMatchObject({ kept: [] });
      writeFileSync(join(node, 'pid'), '');
      expect(await machine.look(1)).toMatchObject({ kept: [] });
      expect(machine.read('home/owned')).toBe('');
    },
  ],
  [
    'an editor’s lease keeps until it runs out',
    {},
    async (machine) => {
      await machine.run('lease', '1200');
      expect(await machine.look(1)).toMatchObject({ ...inUse('an editor in use'), lease: 1140 });
      expect(await machine.look(19)).toMatchObject({ kept: [], lease: 0 });
    },
  ],
  [
    'a busy kernel keeps, one that waits or was never joined does not',
    {},
    async (machine, test) => {
      const server = await jupyter(test, machine, busy);
      expect(await machine.look(1)).toMatchObject(inUse('a busy notebook kernel'));
      server.body = idle;
      expect(await machine.look(1)).toMatchObject({ kept: [] });
      expect(server.asked[0]).toEqual(['/lab/api/kernels?no_track_activity=1', 'token s3cr3t']);
    },
  ],
  [
    'the server that Trainyard started is asked with the token of its file, and only once',
    {},
    async (machine, test) => {
      const server = await jupyter(test, machine, busy);
      const folder = join(machine.home, '.trainyard/jupyter');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'token'), 'from-file\n');
      const started = readFileSync('/proc/self/stat', 'utf8').replace(/.*\) /, '').split(' ')[19];
      const file = { port: server.port, pid: process.pid, started, token_file: join(folder, 'token') };
      writeFileSync(join(folder, 'server.json'), JSON.stringify(file, undefined, 2));
      expect(await machine.look(1)).toMatchObject(inUse('a busy notebook kernel'));
      expect(server.asked).toEqual([['/api/kernels?no_track_activity=1', 'token from-file']]);
    },
  ],
  [
    'a server that refuses is a doubt, which keeps for an hour and no longer',
    { UNKNOWN_SECONDS: 300 },
    async (machine, test) => {
      const server = await jupyter(test, machine, busy);
      server.code = 403;
      expect(await machine.look(2)).toMatchObject(inUse('a Jupyter server that does not answer'));
      expect(await machine.look(5)).toMatchObject({ kept: [] });
      server.code = 200;
      expect(await machine.look(1)).toMatchObject(inUse('a busy notebook kernel'));
      server.code = 500;
      expect(await machine.look(1)).toMatchObject(inUse('a Jupyter server that does not answer'));
    },
  ],
  [
    'the file of a server that ended is nothing',
    {},
    async (machine) => {
      runtimeFile(machine, { port: 1, pid: 4_000_000, token: 'x' });
      runtimeFile(machine, 'not JSON at all $(touch $HOME/owned)', 'jpserver-2.json');
      expect(await machine.look(1)).toMatchObject({ kept: [] });
      expect(machine.read('home/owned')).toBe('');
    },
  ],
  [
    'names and addresses in such a file can’t lead the request elsewhere',
    {},
    async (machine, test) => {
      const server = await jupyter(test, machine, busy);
      const evil = { base_url: '/@evil"; url = "file:///etc/passwd', token: 'a"\nurl = "file:///etc/passwd' };
      runtimeFile(machine, { port: server.port, pid: process.pid, hostname: '127.0.0.1"', ...evil });
      await machine.look(1);
      expect(server.asked).toEqual([['/api/kernels?no_track_activity=1', 'token']]);
    },
  ],
  ...['python3', 'wget', 'bash'].map((program): Case => [
    `a kernel is found where ${program} is the only program that can ask`,
    {},
    async (machine, test) => {
      // Its own wget can't keep a token out of its words, so there a kernel stays a doubt.
      test.skip(program === 'wget' && machine.shell.name === 'busybox');
      const server = await jupyter(test, machine, busy);
      onlyWith(machine, program);
      expect(await machine.look(1)).toMatchObject(inUse('a busy notebook kernel'));
      server.code = 403;
      expect(await machine.look(1)).toMatchObject(inUse('a Jupyter server that does not answer'));
      server.code = 200;
      server.body = idle;
      expect(await machine.look(1)).toMatchObject({ kept: [] });
      expect(new Set(server.asked.map(([, token]) => token))).toEqual(new Set(['token s3cr3t']));
    },
  ]),
  [
    'several at once are all told, and the journal has a line only when that changes',
    {},
    async (machine) => {
      await machine.run('lease', '86400');
      await machine.look(2, 60, 3);
      expect((await machine.look(1, 60, 4)).kept).toEqual(['an editor in use', 'CPU: 4.0 cores']);
      await machine.look(3, 60, 5);
      expect(machine.journal().match(/in use:/g)).toHaveLength(2);
    },
  ],
];

describe.skipIf(!linux).each(shells)('what keeps a machine, under $name', (shell) => {
  it.concurrent.for(cases)('%s', async ([, config, story], test) => {
    await story(new FakeMachine(shell, test, config), test);
  });
});

interface FakeJupyter {
  readonly port: number;
  readonly asked: [path: string, token: string][];
  body: string;
  code: number;
}

/** A server that says it is this process, with the file that Jupyter leaves. */
async function jupyter(test: TestContext, machine: FakeMachine, body: string): Promise<FakeJupyter> {
  const fake = { port: 0, asked: [] as [string, string][], body, code: 200 };
  const answer: RequestListener = (request, response) => {
    fake.asked.push([request.url ?? '', request.headers.authorization ?? '']);
    response.writeHead(fake.code, { 'content-type': 'application/json' }).end(fake.body);
  };
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  fake.port = (server.address() as AddressInfo).port;
  runtimeFile(machine, {
    base_url: '/lab/',
    hostname: 'localhost',
    port: fake.port,
    pid: process.pid,
    secure: false,
    token: 's3cr3t',
    url: 'x',
  });
  return fake;
}

function runtimeFile(machine: FakeMachine, content: object | string, name = 'jpserver-1.json'): void {
  const folder = join(machine.home, '.local/share/jupyter/runtime');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, name),
    typeof content === 'string' ? content : JSON.stringify(content, undefined, 2),
  );
}

/** A machine without curl and its like, but with this one. */
function onlyWith(machine: FakeMachine, program: string): void {
  const needed = 'awk cat cksum date grep head id ls mkdir mv rm sed setsid sh sleep stat tail tr wc'.split(
    ' ',
  );
  const folders = (machine.env.PATH ?? '').split(delimiter).slice(1);
  for (const name of [...needed, program]) {
    const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
    const real = name === 'python3' ? pythonItself() : found;
    if (real !== undefined && !existsSync(join(machine.bin, name)))
      symlinkSync(real, join(machine.bin, name));
  }
  machine.env.PATH = machine.bin;
}

/** `python3` may be a script that starts it by way of other programs. */
function pythonItself(): string {
  return execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
}
