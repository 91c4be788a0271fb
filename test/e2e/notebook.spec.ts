import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { jupyterEnvironment } from '../../scripts/python.mjs';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { leaveEvidence } from './harness/evidence';
import { FakeGpus, printed } from './harness/fakeGpus';
import { MachineEditor } from './harness/machines';
import { choose, press } from './harness/rows';

/** The machine and the editor of all tests here: each begins where the one before it left off, as a person would. */
let gpu: SshdServer;
let gpus: FakeGpus;
let machines: MachineEditor;

/** Makes a picture with nothing but Python. */
const picture = `import struct, zlib
from IPython.display import Image, HTML, display
def chunk(kind, data): return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = b"".join(b"\\0" + bytes(v for x in range(160) for v in (x, 2 * y, 160)) for y in range(80))
head = struct.pack(">IIBBBBB", 160, 80, 8, 2, 0, 0, 0)
display(Image(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")))
display(HTML("<b>bold</b>"))
x + 1`;

/** Trains with nothing but Python, and draws what came of it. */
const training = `import random
data = [(x / 50, 3 * x / 50 + 1 + random.gauss(0, 0.1)) for x in range(100)]
w, b, losses = 0.0, 0.0, []
for step in range(1, 201):
    errors = [w * x + b - y for x, y in data]
    w -= 0.1 * sum(2 * e * x for e, (x, _) in zip(errors, data)) / len(data)
    b -= 0.1 * sum(2 * e for e in errors) / len(data)
    losses.append(sum(e * e for e in errors) / len(data))
    if step % 50 == 0:
        print(f"step {step:3}  loss {losses[-1]:.4f}  w {w:.2f}  b {b:.2f}")`;
const drawing = `from IPython.display import SVG
line = " ".join(f"{8 * i},{148 - 140 * min(1, loss)}" for i, loss in enumerate(losses[:100]))
SVG(f'<svg xmlns="http://www.w3.org/2000/svg" width="800" height="150"><polyline points="{line}" fill="none" stroke="#3794ff" stroke-width="2"/></svg>')`;

const cells = [
  'import time\nprint("hello from", __import__("os").path.expanduser("~"))\nx = 20',
  picture,
  'name = input("your name? ")\nprint("hi", name)',
  'print("over", x)\n1/0',
  'print("on", flush=True)\ntime.sleep(600)',
  'for i in range(500):\n    print("tick", i, flush=True)\n    time.sleep(0.02)',
  'bar = display("first", display_id="bar")',
  'bar.update("second")',
  training,
  drawing,
];

interface Output {
  readonly output_type: string;
  readonly text?: string[];
  readonly ename?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  gpu = await SshdServer.start({ address: '127.0.0.6' });
  mkdirSync(join(gpu.home, '.trainyard/jupyter'), { recursive: true });
  symlinkSync(jupyterEnvironment(), join(gpu.home, '.trainyard/jupyter/venv'));
  gpus = new FakeGpus(gpu);
  gpus.show('all', printed('query-gpu.h200-load.csv'));
  machines = await MachineEditor.start(gpu.configText('gpu-1'), {
    'trainyard.ssh.hourlyUsd': { 'gpu-1': 3.9 },
  });
  writeNotebook(
    'work.ipynb',
    cells.map((source) => ({ source })),
  );
});

test.afterAll(async () => {
  await Promise.all([machines.stop(), gpu.stop()]);
  gpus.delete();
});

test.afterEach(async ({}, info) => {
  await leaveEvidence(machines.editor, info);
});

const path = (name = 'work.ipynb') => join(machines.workspace.folder, name);

function writeNotebook(name: string, sources: readonly { source: string; tags?: string[] }[]): void {
  const notebook = {
    cells: sources.map(({ source, tags = [] }, index) => ({
      cell_type: 'code',
      id: `cell-${index}`,
      metadata: { tags },
      execution_count: null,
      outputs: [],
      source,
    })),
    metadata: { language_info: { name: 'python' } },
    nbformat: 4,
    nbformat_minor: 5,
  };
  writeFileSync(path(name), JSON.stringify(notebook));
}

async function openNotebook(name: string): Promise<void> {
  const { editor } = machines;
  await editor.run('Go to File...');
  await editor.choose(name);
  await expect(editor.tab(name)).toBeVisible();
}

/** That the notebook in front has its kernel on the machine. */
async function expectKernel(): Promise<void> {
  const label = machines.editor.page.locator('.kernel-label, .kernel-action-view-item').first();
  await expect(label).toContainText('gpu-1');
}

/** The outputs of a cell, as the editor saves them. */
async function outputs(index: number): Promise<readonly Output[]> {
  await machines.editor.run('File: Save');
  let saved: { cells: { outputs: Output[] }[] } = { cells: [] };
  // The editor empties the file and then writes it: in between it is no notebook.
  await expect(() => {
    saved = JSON.parse(readFileSync(path(), 'utf8')) as typeof saved;
  }).toPass({ timeout: 10_000 });
  return saved.cells[index]?.outputs ?? [];
}

const text = (list: readonly Output[]) => list.flatMap((output) => output.text ?? []).join('');

const cellRow = (index: number) =>
  machines.editor.page.locator(`.notebookOverlay .monaco-list-row.focused[data-index="${index}"]`);

/** Goes to a cell by the keyboard, as the list draws only the cells in sight. */
async function goTo(index: number): Promise<void> {
  const { editor } = machines;
  await editor.run('Notebook: Focus First Cell');
  for (let at = 0; at < index; at++) {
    await expect(cellRow(at)).toBeVisible();
    await editor.page.keyboard.press('ArrowDown');
  }
  await expect(cellRow(index)).toBeVisible();
}

/** Presses a cell's own run button. */
async function runCell(index: number): Promise<void> {
  await goTo(index);
  await cellRow(index).locator('.run-button-container .action-label').first().click();
}

test('a notebook runs on a machine that is picked as its kernel', async () => {
  await press(machines.row('gpu-1'), 'Attach to Machine…', machines.row('Files'));
  await openNotebook('work.ipynb');
  const { editor } = machines;
  await editor.run('Notebook: Select Notebook Kernel');
  await editor.take('Trainyard');
  await editor.take('gpu-1');
  await expectKernel();
  await runCell(0);
  await expect.poll(async () => text(await outputs(0))).toContain(`hello from ${gpu.home}`);
});

test('a cell shows an image, HTML and a result, with the variables of the cell before', async () => {
  await runCell(1);
  await expect.poll(async () => (await outputs(1)).length).toBe(3);
  const [image, html, result] = await outputs(1);
  const png = Buffer.from([image?.data?.['image/png']].flat().join(''), 'base64');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([160, 80]);
  expect([html?.data?.['text/html']].flat().join('')).toBe('<b>bold</b>');
  expect(result?.output_type).toBe('execute_result');
  expect([result?.data?.['text/plain']].flat().join('')).toBe('21');
});

test('a display of one cell is changed by another', async () => {
  const shown = async (index: number) => [(await outputs(index))[0]?.data?.['text/plain']].flat().join('');
  await runCell(6);
  await expect.poll(() => shown(6)).toBe("'first'");
  await runCell(7);
  await expect.poll(() => shown(6)).toBe("'second'");
  expect(await outputs(7)).toEqual([]);
});

test('a cell asks, and goes on with the answer', async () => {
  const { editor } = machines;
  await runCell(2);
  await expect(editor.input).toBeVisible();
  await expect(editor.page.locator('.quick-input-widget:visible')).toContainText('your name?');
  await editor.input.fill('ana');
  await editor.page.keyboard.press('Enter');
  await expect.poll(async () => text(await outputs(2))).toContain('hi ana');
});

test('an error is an error, with what was printed before it', async () => {
  await runCell(3);
  await expect
    .poll(async () => (await outputs(3)).map((output) => output.ename ?? text([output])))
    .toEqual(['over 20\n', 'ZeroDivisionError']);
  await machines.editor.screenshots('notebook-error', () => goTo(3));
});

test('a cell trains and prints as it goes, and another draws what came of it', async () => {
  await runCell(8);
  await runCell(9);
  await expect
    .poll(async () => text(await outputs(8)))
    .toMatch(/^(step +\d+  loss [\d.]+  w [\d.]+  b [\d.]+\n){4}$/);
  const drawn = async () => [(await outputs(9))[0]?.data?.['image/svg+xml']].flat().join('');
  await expect.poll(drawn).toMatch(/^<svg .*<polyline/);
  await machines.editor.screenshots('notebook', () => goTo(9));
});

test('a cell is interrupted, and its kernel stands below its machine', async () => {
  const { editor } = machines;
  await runCell(4);
  await expect.poll(async () => text(await outputs(4))).toContain('on');
  await editor.showTrainyard();
  await expect(machines.row('work.ipynb')).toContainText('busy');
  await editor.run('Trainyard: Interrupt Kernel');
  await expect.poll(async () => (await outputs(4)).map(({ ename }) => ename)).toContain('KeyboardInterrupt');
});

test('a window that is reloaded in the middle of a cell shows all of it, each line once', async () => {
  await runCell(5);
  await expect.poll(async () => text(await outputs(5))).toContain('tick 5\n');
  await machines.editor.reload();
  await expect(machines.editor.tab('work.ipynb')).toBeVisible();
  const all = Array.from({ length: 500 }, (_, i) => `tick ${i}\n`).join('');
  await expect.poll(async () => text(await outputs(5)), { timeout: 90_000, intervals: [2000] }).toBe(all);
});

test('a kernel is shut down from its row', async () => {
  const { editor } = machines;
  await editor.showTrainyard();
  const row = machines.row('work.ipynb');
  await expect(row).toContainText('idle');
  const question = editor.dialog(/Shut down the kernel/);
  await choose(row, 'Shut Down Kernel', question);
  await question.getByRole('button', { name: 'Shut Down' }).click();
  await expect(machines.row('work.ipynb')).toHaveCount(0);
});
