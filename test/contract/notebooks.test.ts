import { randomUUID } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CellOutputs } from '../../src/core/notebook/cellOutputs';
import type { CellRecord } from '../../src/core/notebook/cellRecord';
import type { Kernels } from '../../src/services/notebooks/kernels';
import { NotebookMachine, printed, runCode } from '../fakes/notebooks/notebookMachine';
import { until } from '../fakes/until';

const never = new AbortController().signal;

/** Prints 0 to 499, each as soon as it is counted. */
const ticks = 'import time\nfor i in range(500):\n    print(i, flush=True)\n    time.sleep(0.004)';
const allTicks = Array.from({ length: 500 }, (_, i) => `${i}\n`).join('');

let place: NotebookMachine;
let kernels: Kernels;

beforeAll(async () => {
  place = await NotebookMachine.make();
  // As if something else had made it, open to others.
  mkdirSync(join(place.home, '.trainyard/jupyter'), { recursive: true });
  chmodSync(join(place.home, '.trainyard/jupyter'), 0o755);
  kernels = await place.kernels();
});

afterAll(async () => {
  await place.end();
});

const last = (records: readonly CellRecord[]) => records.at(-1);

describe('The notebook server on a machine', () => {
  it('listens on 127.0.0.1 only, and its token is in no command line and no file that others can read', () => {
    const { port, pid, token } = kernels.server.known ?? { port: 0, pid: 0, token: '' };
    const hex = port.toString(16).toUpperCase().padStart(4, '0');
    const listening = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`:${hex} `) && line.includes(' 0A '));
    expect(listening).toHaveLength(1);
    expect(listening[0]).toContain(`0100007F:${hex}`);
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(token);
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain(token);
    const folder = join(place.home, '.trainyard/jupyter');
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(names).toEqual(expect.arrayContaining(['token', 'server.json', 'server.log', 'journal']));
    for (const name of ['.', ...names]) expect(statSync(join(folder, name)).mode & 0o077, name).toBe(0);
  });

  it('lets nobody in without the token', async () => {
    const { port } = kernels.server.known ?? { port: 0 };
    for (const path of ['trainyard/kernels', 'api/kernels', 'trainyard/cells/cell-00001'])
      expect((await fetch(`http://127.0.0.1:${port}/${path}`)).status, path).toBe(403);
  });

  it('is one for all windows, also where they ask at the same moment', async () => {
    const others = await Promise.all([1, 2, 3].map((n) => place.kernels(place.window(`state${n}`))));
    expect(others.map(({ server }) => server.known?.pid)).toEqual(
      Array.from({ length: 3 }, () => kernels.server.known?.pid),
    );
  });

  it('starts a kernel once, however often it is asked to', async () => {
    const id = randomUUID();
    const wish = { id, spec: '', notebook: 'twice.ipynb' };
    await Promise.all([kernels.start(wish, never), kernels.start(wish, never)]);
    const found = (await kernels.list({}, never)).filter((kernel) => kernel.notebook === 'twice.ipynb');
    expect(found).toHaveLength(1);
    expect(execFileSync('ps', ['-o', 'args=', '-p', String(found[0]?.pid)]).toString()).toContain(
      'ipykernel',
    );
    await kernels.shutDown(id, never);
    expect(kernels.of(id)).toBeUndefined();
  });
});

describe('A cell on a machine', () => {
  it('gives text, a result, rich output and errors in the order in which they came', async () => {
    const kernel = await place.kernel(kernels);
    const records = await runCode(
      kernels,
      kernel,
      [
        'import sys',
        'from IPython.display import display, HTML, Image',
        'print("out", flush=True)',
        'print("err", file=sys.stderr, flush=True)',
        'display(HTML("<b>hi</b>"), display_id="d")',
        '6 * 7',
      ].join('\n'),
    );
    expect(records.map(({ type }) => type)).toEqual([
      'queued',
      'started',
      'stream',
      'stream',
      'display_data',
      'execute_result',
      'ended',
    ]);
    expect(records[4]).toMatchObject({ display: 'd', data: { 'text/html': '<b>hi</b>' } });
    expect(records[5]).toMatchObject({ data: { 'text/plain': '42' } });
    const failed = await runCode(kernels, kernel, '1/0');
    expect(failed.find(({ type }) => type === 'error')).toMatchObject({ name: 'ZeroDivisionError' });
    expect(last(failed)).toMatchObject({ status: 'error' });
    expect(printed(await runCode(kernels, kernel, 'x = 5'))).toBe('');
    expect(printed(await runCode(kernels, kernel, 'print(x)'))).toBe('5\n');
  });

  it('shows the text of a widget, whose own messages it leaves alone', async () => {
    const kernel = await place.kernel(kernels);
    // What ipywidgets and tqdm.notebook send, without them: a model, a view of it, and changes of the model.
    const code = `import comm
from IPython.display import display
model = comm.create_comm(target_name="jupyter.widget", data={"state": {"value": 0}}, buffers=[b"1"])
view = {"model_id": model.comm_id, "version_major": 2, "version_minor": 0}
display({"text/plain": "  0%|", "application/vnd.jupyter.widget-view+json": view}, raw=True)
for i in range(100): model.send({"method": "update", "state": {"value": i}})
model.close()
print("done")`;
    const records = await runCode(kernels, kernel, code);
    expect(records.map(({ type }) => type)).toEqual(['queued', 'started', 'display_data', 'stream', 'ended']);
    expect(last(records)).toMatchObject({ status: 'ok' });
    const outputs = new CellOutputs();
    for (const record of records) outputs.add(record);
    expect(outputs.take()[0]).toMatchObject({
      output: {
        items: [{ mime: 'text/plain', data: expect.stringMatching(/^ {2}0%\|\nThis is a widget/) as string }],
      },
    });
  });

  it('asks for input, takes one answer, and keeps a password out of its journal', async () => {
    const kernel = await place.kernel(kernels);
    const code = 'from getpass import getpass\na = input("name? ")\nb = getpass("word? ")\nprint(a, len(b))';
    const answers = ['ana', 'seKret-77'];
    let cell = '';
    const records = await runCode(kernels, kernel, code, (record, id) => {
      cell = id;
      if (record.type !== 'input') return;
      const answer = answers[record.request - 1] ?? '';
      void kernels
        .answer(id, record.request, answer, never)
        .then(() => kernels.answer(id, record.request, 'a second answer', never));
    });
    expect(records.filter(({ type }) => type === 'input')).toMatchObject([
      { prompt: 'name? ', password: false },
      { prompt: 'word? ', password: true },
    ]);
    expect(printed(records)).toBe('ana 9\n');
    const journal = readFileSync(join(place.home, '.trainyard/jupyter/journal', cell), 'utf8');
    expect(journal).not.toContain('seKret-77');
  });

  it('is interrupted, and the cells behind it do not run', async () => {
    const kernel = await place.kernel(kernels);
    const [first, second] = [randomUUID(), randomUUID()];
    await kernels.run(first, kernel.id, 'import time\nprint("on", flush=True)\ntime.sleep(100)', never);
    await kernels.run(second, kernel.id, 'print("never")', never);
    const records: CellRecord[] = [];
    for await (const record of kernels.follow(first, never)) {
      records.push(record);
      if (record.type === 'stream') await kernels.interrupt(kernel.id, never);
    }
    expect(records.find(({ type }) => type === 'error')).toMatchObject({ name: 'KeyboardInterrupt' });
    const behind: CellRecord[] = [];
    for await (const record of kernels.follow(second, never)) behind.push(record);
    expect(last(behind)).toMatchObject({ type: 'ended', status: 'aborted' });
    expect(printed(behind)).toBe('');
  });

  it('says why it ended where its kernel was killed, restarted or shut down', async () => {
    const kernel = await place.kernel(kernels);
    const killed = await runCode(
      kernels,
      kernel,
      'import os\nprint("here", flush=True)\nos.kill(os.getpid(), 9)',
    );
    expect(last(killed)).toMatchObject({ status: 'died', exit: -9 });
    // Jupyter starts a kernel again that died.
    expect(printed(await runCode(kernels, kernel, 'print("again")'))).toBe('again\n');
    const sleep = 'import time\nprint("on", flush=True)\ntime.sleep(100)';
    const restarted = await runCode(kernels, kernel, sleep, ({ type }) => {
      if (type === 'stream') void kernels.restart(kernel.id, never);
    });
    expect(last(restarted)).toMatchObject({ status: 'restarted' });
    expect(printed(await runCode(kernels, kernel, 'print("x" in globals())'))).toBe('False\n');
    const shut = await runCode(kernels, kernel, sleep, ({ type }) => {
      if (type === 'stream') void kernels.shutDown(kernel.id, never);
    });
    expect(last(shut)).toMatchObject({ status: 'shutDown' });
  });

  it('comes complete, in order and once over a connection that breaks again and again', async () => {
    const kernel = await place.kernel(kernels);
    const before = place.machine.connections;
    let seen = 0;
    const records = await runCode(kernels, kernel, ticks, (record) => {
      if (record.type !== 'stream' || ++seen % 3 !== 0) return;
      place.machine.cut();
      setTimeout(() => {
        place.machine.mend();
      }, 50);
    });
    expect(printed(records)).toBe(allTicks);
    expect(place.machine.connections - before).toBeGreaterThan(4);
    expect(records.filter(({ type }) => type === 'ended')).toHaveLength(1);
  });

  it('comes complete and once to a window that came in its middle, with the first one gone', async () => {
    const first = place.window('first');
    const early = await place.kernels(first);
    const kernel = await place.kernel(early);
    const cell = randomUUID();
    await early.run(cell, kernel.id, ticks, never);
    const gone = new AbortController();
    await expect(async () => {
      for await (const record of early.follow(cell, gone.signal)) if (record.type === 'stream') gone.abort();
    }).rejects.toThrow('Cancelled');
    first.dispose();
    const late = place.window('second').on(place.machine);
    const records: CellRecord[] = [];
    for await (const record of late.follow(cell, never)) records.push(record);
    expect(printed(records)).toBe(allTicks);
    expect(last(records)).toMatchObject({ status: 'ok' });
  });

  it('goes on with nobody connected, with the cells behind it', async () => {
    const kernel = await place.kernel(kernels);
    const cells = [randomUUID(), randomUUID()];
    for (const cell of cells) await kernels.run(cell, kernel.id, ticks, never);
    place.machine.cut();
    const journal = (cell = '') => readFileSync(join(place.home, '.trainyard/jupyter/journal', cell), 'utf8');
    await until('the second cell ends by itself', () => journal(cells[1]).includes('"ended"'));
    place.machine.mend();
    const records: CellRecord[] = [];
    for await (const record of kernels.follow(cells[1] ?? '', never)) records.push(record);
    expect(printed(records)).toBe(allTicks);
  });

  it('loses no display of many that come at once', async () => {
    const kernel = await place.kernel(kernels);
    const code = 'from IPython.display import display\nfor i in range(3000): display(i)';
    const records = await runCode(kernels, kernel, code);
    const shown = records.flatMap((record) =>
      record.type === 'display_data' ? record.data['text/plain'] : [],
    );
    expect(shown).toEqual(Array.from({ length: 3000 }, (_, i) => String(i)));
  });

  it('keeps what it had put out where the server was killed, and says so', async () => {
    const other = await NotebookMachine.make();
    try {
      const here = await other.kernels();
      const kernel = await other.kernel(here);
      const sleep = 'import time\nprint("on", flush=True)\ntime.sleep(100)';
      const records = await runCode(here, kernel, sleep, ({ type }) => {
        if (type === 'stream') process.kill(here.server.known?.pid ?? 0, 'SIGKILL');
      });
      expect(printed(records)).toBe('on\n');
      expect(last(records)).toMatchObject({ status: 'serverDied' });
      await until('the kernel ends with its server', () => !isThere(kernel.pid ?? 0));
    } finally {
      await other.end();
    }
  });
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
