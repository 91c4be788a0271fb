import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { linux, shells } from '../unit/remote/launchedJob';
import { FakeMachine } from '../unit/remote/watchdog/fakeMachine';

type Config = Readonly<Record<string, string | number>>;
type Case = readonly [
  name: string,
  config: Config,
  story: (machine: FakeMachine, test: TestContext) => Promise<void>,
];

const inUse = (word: string) => ({ idle: 0, kept: [word] });
const busy = '[{"id": "a", "execution_state": "busy"}]';
const idle = '[{"id":"a","execution_state":"idle"},{"id":"b","execution_state":"starting"}]';

/** What the watchdog asks of Jupyter servers, with whatever program the machine has. */
const cases: readonly Case[] = [
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
];

describe.skipIf(!linux).each(shells)('kernels that keep a machine, under $name', (shell) => {
  it.for(cases)('%s', async ([, config, story], test) => {
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
