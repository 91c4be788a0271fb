import { randomUUID } from 'node:crypto';
import { appendFile, cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/services/notebooks/kernels';
import { serverProgram, ServerScript } from '../../src/services/notebooks/serverScript';
import { agreeing, NotebookMachine, runCode } from '../fakes/notebooks/notebookMachine';
import { processesWith } from '../fakes/processes';
import { until } from '../fakes/until';

const never = new AbortController().signal;

let place: NotebookMachine;
let kernels: Kernels;

beforeEach(async () => {
  place = await NotebookMachine.make();
  kernels = await place.kernels();
});

afterEach(async () => {
  await place.end();
});

const terminate = () => process.kill(kernels.server.known?.pid ?? 0, 'SIGTERM');

/** Server, kernels, and what these started. */
const nothingRuns = () => until('all has ended', () => processesWith(place.home).length === 0);

describe('A notebook server', () => {
  it('is found by all when another start comes in the moment in which it begins to run', async () => {
    await kernels.server.end(never);
    const { pythons } = await kernels.server.find({}, never);
    const python = pythons.find(({ server, kernel }) => server && kernel)?.path ?? '';
    // The late one has looked, seen no server, and waits for the rest of its input.
    const script = new ServerScript(resolve('src/remote'));
    const late = await place.machine.start(await script.words('start', python, 'hash', ''), {}, never);
    await until('it waits', async () =>
      (await readdir(join(place.home, '.trainyard/jupyter'))).some((name) =>
        /^notebookServer\.py\.\d/.test(name),
      ),
    );
    const { pid } = await kernels.server.ensure(agreeing, never);
    await late.write(Buffer.from(await serverProgram(resolve('src/remote'))));
    late.endInput();
    expect((await late.ended).code).toBe(0);
    expect((await kernels.server.find({}, never)).running?.pid).toBe(pid);
  });

  it('of another machine with the same home folder is left alone, and is named', async () => {
    await kernels.server.end(never);
    const folder = join(place.home, '.trainyard/jupyter');
    const theirs = JSON.stringify({ port: 1, pid: 4_000_000, started: '1', boot: 'another', hash: 'h' });
    await writeFile(join(folder, 'server.json'), theirs);
    await writeFile(join(folder, 'server.lock'), '4000000 1 node-7\n');
    // Holds the lock as their server does, over the network file system.
    const hold =
      'import fcntl, sys; f = open("server.lock"); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True); sys.stdin.read()';
    const argv = ['sh', '-c', 'cd "$1" && exec python3 -c "$2"', 'sh', folder, hold];
    const holder = await place.machine.start(argv, {}, never);
    await holder.output[Symbol.asyncIterator]().next();
    await expect(kernels.server.ensure(agreeing, never)).rejects.toMatchObject({
      message: expect.stringMatching(
        /notebook server of node-7 runs in this home folder.*\(kill 4000000\)/,
      ) as string,
    });
    await kernels.server.end(never);
    expect(await readFile(join(folder, 'server.json'), 'utf8')).toBe(theirs);
    holder.close();
  });

  it('that another window has put in place of an old one is not ended by who agreed to end the old one', async () => {
    await place.kernel(kernels);
    const newer = join(place.home, 'newer');
    await cp(resolve('src/remote'), newer, { recursive: true });
    await appendFile(join(newer, 'notebookServer.py'), '# newer\n');
    const [first, second] = [1, 2].map(() => place.window('state', newer).on(place.machine));
    let replaced: { readonly pid: number } | undefined;
    const thinking = {
      ...agreeing,
      replace: async () => {
        replaced = await first?.server.ensure(agreeing, never);
        return true;
      },
    };
    const { pid } = (await second?.server.ensure(thinking, never)) ?? {};
    expect(pid).toBe(replaced?.pid);
    expect(pid).not.toBe(kernels.server.known?.pid);
    expect((await first?.server.find({}, never))?.running?.pid).toBe(pid);
  });

  it('is ended by its end also before it can be found', async () => {
    await kernels.server.end(never);
    const making = kernels.server.ensure(agreeing, never).catch(() => undefined);
    const lock = join(place.home, '.trainyard/jupyter/server.lock');
    const before = await readFile(lock, 'utf8');
    await until('it has the lock', async () => !['', before].includes(await readFile(lock, 'utf8')));
    await kernels.server.end(never);
    const pid = Number((await readFile(lock, 'utf8')).split(' ')[0]);
    expect(processesWith(place.home)).not.toContain(pid);
    for (const left of processesWith(place.home)) process.kill(left, 'SIGKILL');
    await making;
  });
});

describe('A notebook server that is told to end', () => {
  it('ends while a kernel starts', async () => {
    const wish = { id: randomUUID(), spec: '', notebook: 'a.ipynb' };
    const starting = kernels.start(wish, never).catch(() => undefined);
    await until('the kernel’s process is there', () => processesWith(place.home).length > 1);
    terminate();
    await nothingRuns();
    await starting;
  });

  it('ends with kernels that run cells, also one that ignores every kind word', async () => {
    const deaf = `import signal, time
for each in (signal.SIGINT, signal.SIGTERM): signal.signal(each, signal.SIG_IGN)
print("on", flush=True)
while True: time.sleep(1)`;
    const running = ['import time\nprint("on", flush=True)\ntime.sleep(600)', deaf].map(async (code) => {
      const kernel = await place.kernel(kernels);
      return runCode(kernels, kernel, code, ({ type }) => {
        if (type === 'stream') seen++;
      });
    });
    let seen = 0;
    await until('both cells run', () => seen === 2);
    terminate();
    await nothingRuns();
    const ends = (await Promise.all(running)).map((records) => records.at(-1));
    for (const end of ends) expect(end).toMatchObject({ type: 'ended' });
  });

  it('ends when it is told twice, with a window that looks on', async () => {
    const watch = kernels.watch();
    await place.kernel(kernels);
    terminate();
    terminate();
    await nothingRuns();
    watch.dispose();
  });
});
