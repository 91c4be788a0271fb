import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { jupyterEnvironment } from '../../scripts/python.mjs';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { MachineEditor } from './harness/machines';

/** The machine and the editor of all tests here: each begins where the one before it left off, as a person would. */
let gpu: SshdServer;
let machines: MachineEditor;

/** The smallest PNG there is. */
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const cells = [
  'import time\nprint("hello from", __import__("os").path.expanduser("~"))\nx = 20',
  `from IPython.display import Image, HTML, display\nimport base64\ndisplay(Image(base64.b64decode("${png}")))\ndisplay(HTML("<b>bold</b>"))\nx + 1`,
  'name = input("your name? ")\nprint("hi", name)',
  'print("over", x)\n1/0',
  'print("on", flush=True)\ntime.sleep(600)',
  'for i in range(500):\n    print("tick", i, flush=True)\n    time.sleep(0.02)',
];

interface Output {
  readonly output_type: string;
  readonly text?: string[];
  readonly ename?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  test.setTimeout(180_000);
  gpu = await SshdServer.start({ address: '127.0.0.6' });
  mkdirSync(join(gpu.home, '.trainyard/jupyter'), { recursive: true });
  symlinkSync(jupyterEnvironment(), join(gpu.home, '.trainyard/jupyter/venv'));
  machines = await MachineEditor.start(gpu.configText('gpu-1'));
  const notebook = {
    cells: cells.map((source, index) => ({
      cell_type: 'code',
      id: `cell-${index}`,
      metadata: {},
      execution_count: null,
      outputs: [],
      source,
    })),
    metadata: { language_info: { name: 'python' } },
    nbformat: 4,
    nbformat_minor: 5,
  };
  writeFileSync(path(), JSON.stringify(notebook));
});

test.afterAll(async () => {
  await machines.stop();
  await gpu.stop();
});

test.afterEach(async ({}, info) => {
  if (info.status !== info.expectedStatus)
    await machines.editor.page.screenshot({ path: info.outputPath('screen.png') });
});

const path = () => join(machines.workspace.folder, 'work.ipynb');

/** The outputs of a cell, as the editor saves them. */
async function outputs(index: number): Promise<readonly Output[]> {
  await machines.editor.run('File: Save');
  const saved = JSON.parse(readFileSync(path(), 'utf8')) as { cells: { outputs: Output[] }[] };
  return saved.cells[index]?.outputs ?? [];
}

const text = (list: readonly Output[]) => list.flatMap((output) => output.text ?? []).join('');

/** Presses a cell's own run button; the list draws only the cells in sight. */
async function runCell(index: number): Promise<void> {
  const { page } = machines.editor;
  const cell = page.locator(`.notebookOverlay .monaco-list-row[data-index="${index}"]`);
  await expect(async () => {
    if (!(await cell.isVisible())) {
      await page.locator('.notebookOverlay').hover({ timeout: 2_000 });
      await page.mouse.wheel(0, 300);
    }
    await cell.hover({ timeout: 2_000, position: { x: 60, y: 12 } });
    await cell.locator('.run-button-container .action-label').first().click({ timeout: 2_000 });
  }).toPass({ timeout: 30_000 });
}

test('a notebook runs on a machine that is picked as its kernel', async () => {
  test.setTimeout(180_000);
  const { editor } = machines;
  await machines.press(machines.row('gpu-1'), 'Attach to Machine…');
  await expect(machines.row('Files')).toBeVisible({ timeout: 30_000 });
  await editor.run('Go to File...');
  await editor.input.fill('work.ipynb');
  await editor.quickPick('work.ipynb').first().click();
  await expect(editor.tab('work.ipynb')).toBeVisible();
  await editor.run('Notebook: Select Notebook Kernel');
  await editor.quickPick('Trainyard').first().click();
  await editor.quickPick(/gpu-1/).first().click();
  await expect(editor.page.locator('.kernel-label, .kernel-action-view-item').first()).toContainText('gpu-1');
  await runCell(0);
  await expect
    .poll(async () => text(await outputs(0)), { timeout: 60_000 })
    .toContain(`hello from ${gpu.home}`);
});

test('a cell shows an image, HTML and a result, with the variables of the cell before', async () => {
  await runCell(1);
  await expect.poll(async () => (await outputs(1)).length, { timeout: 30_000 }).toBe(3);
  const [image, html, result] = await outputs(1);
  expect(String(image?.data?.['image/png']).trim()).toBe(png);
  expect([html?.data?.['text/html']].flat().join('')).toBe('<b>bold</b>');
  expect(result?.output_type).toBe('execute_result');
  expect([result?.data?.['text/plain']].flat().join('')).toBe('21');
  await machines.editor.screenshot('notebook');
});

test('a cell asks, and goes on with the answer', async () => {
  const { editor } = machines;
  await runCell(2);
  await expect(editor.input).toBeVisible();
  await expect(editor.page.locator('.quick-input-widget:visible')).toContainText('your name?');
  await editor.input.fill('ana');
  await editor.page.keyboard.press('Enter');
  await expect.poll(async () => text(await outputs(2)), { timeout: 30_000 }).toContain('hi ana');
});

test('an error is an error, with what was printed before it', async () => {
  await runCell(3);
  await expect
    .poll(async () => (await outputs(3)).map((output) => output.ename ?? text([output])), { timeout: 30_000 })
    .toEqual(['over 20\n', 'ZeroDivisionError']);
});

test('a cell is interrupted, and its kernel stands below its machine', async () => {
  const { editor } = machines;
  await runCell(4);
  await expect.poll(async () => text(await outputs(4)), { timeout: 30_000 }).toContain('on');
  await editor.showTrainyard();
  await expect(machines.row('work.ipynb')).toContainText('busy', { timeout: 30_000 });
  await editor.run('Trainyard: Interrupt Kernel');
  await expect
    .poll(async () => (await outputs(4)).map(({ ename }) => ename), { timeout: 30_000 })
    .toContain('KeyboardInterrupt');
});

test('a window that is reloaded in the middle of a cell shows all of it, each line once', async () => {
  test.setTimeout(180_000);
  await runCell(5);
  await expect.poll(async () => text(await outputs(5)), { timeout: 30_000 }).toContain('tick 5\n');
  await machines.editor.reload();
  await expect(machines.editor.tab('work.ipynb')).toBeVisible();
  const all = Array.from({ length: 500 }, (_, i) => `tick ${i}\n`).join('');
  await expect.poll(async () => text(await outputs(5)), { timeout: 90_000, intervals: [2000] }).toBe(all);
});
