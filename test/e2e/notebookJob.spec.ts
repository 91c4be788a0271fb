import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { jupyterEnvironment } from '../../scripts/python.mjs';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { leaveEvidence } from './harness/evidence';
import { jobId, jobPath, jobRow, write } from './harness/jobs';
import { MachineEditor } from './harness/machines';
import { press } from './harness/rows';

/** The machine and the editor of all tests here: each begins where the one before it left off, as a person would. */
let gpu: SshdServer;
let machines: MachineEditor;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  gpu = await SshdServer.start({ address: '127.0.0.9' });
  mkdirSync(join(gpu.home, '.trainyard/jupyter'), { recursive: true });
  symlinkSync(jupyterEnvironment(), join(gpu.home, '.trainyard/jupyter/venv'));
  symlinkSync(jupyterEnvironment(), join(gpu.home, '.trainyard/papermill'));
  machines = await MachineEditor.start(gpu.configText('gpu-1'));
  writeNotebook('train.ipynb', [
    'lr = 0.1',
    'print("lr is", lr, "at", __import__("os").path.expanduser("~"))',
  ]);
  writeNotebook('broken.ipynb', ['x = 1', 'print("before")', '1/0']);
});

test.afterAll(async () => {
  await Promise.all([machines.stop(), gpu.stop()]);
});

test.afterEach(async ({}, info) => {
  await leaveEvidence(machines.editor, info);
});

/** The first cell has the parameters. */
function writeNotebook(name: string, sources: readonly string[]): void {
  const cells = sources.map((source, index) => ({
    cell_type: 'code',
    id: `cell-${index}`,
    metadata: { tags: index === 0 ? ['parameters'] : [] },
    execution_count: null,
    outputs: [],
    source,
  }));
  const metadata = { language_info: { name: 'python' } };
  write(machines.editor, name, JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }));
}

async function openNotebook(name: string): Promise<void> {
  const { editor } = machines;
  await editor.run('Go to File...');
  await editor.choose(name);
  await expect(editor.tab(name)).toBeVisible();
}

/** Runs the command on the notebook in front, with these values for its parameters. */
async function runAsJob(values: string): Promise<void> {
  const { editor } = machines;
  await editor.run('Trainyard: Run Notebook as Job…');
  await expect(editor.page.locator('.quick-input-widget:visible')).toContainText('Values for its parameters');
  await editor.input.fill(values);
  await editor.page.keyboard.press('Enter');
}

async function agree(name: string): Promise<void> {
  const { editor } = machines;
  await expect(editor.dialog(`Submit ${name} to ssh/gpu-1?`)).toBeVisible();
  await editor.page.keyboard.press('Enter');
  await expect(editor.dialog()).toHaveCount(0);
}

/** What the cells of a job's notebook put out, from the file that was brought to this computer. */
async function executed(job: string): Promise<string> {
  const id = await jobId(machines.editor, job);
  const text = readFileSync(jobPath(machines.editor, id, `outputs/notebook/${job}.ipynb`), 'utf8');
  const { cells } = JSON.parse(text) as { cells: { outputs?: { text?: string[] }[] }[] };
  return cells.flatMap(({ outputs = [] }) => outputs.flatMap((output) => output.text ?? [])).join('');
}

/** That an open notebook shows this below a cell, in whichever of the editor's frames that is. */
async function expectOutput(text: string): Promise<void> {
  const count = async () => {
    const frames = machines.editor.page.frames();
    const found = frames.map((frame) => frame.locator('.output_container', { hasText: text }).count());
    return (await Promise.all(found.map((each) => each.catch(() => 0)))).reduce((a, b) => a + b, 0);
  };
  await expect.poll(count).toBeGreaterThan(0);
}

test('a notebook runs as a job on the machine of its kernel, with other parameters, and is opened with its outputs', async () => {
  const { editor } = machines;
  await press(machines.row('gpu-1'), 'Attach to Machine…', machines.row('Files'));
  await openNotebook('train.ipynb');
  await editor.run('Notebook: Select Notebook Kernel');
  await editor.take('Trainyard');
  await editor.take('gpu-1');
  await runAsJob('lr=0.5');
  await agree('train');
  const told = editor.notification('train.ipynb has run on ssh/gpu-1');
  // Before it goes away by itself.
  await told.getByRole('button', { name: 'Open Notebook' }).click({ timeout: 120_000 });
  await expect((await jobRow(editor, 'train')).locator('.codicon-pass')).toBeVisible();
  await expect(editor.tab('train.ipynb')).toHaveCount(2);
  expect(await executed('train')).toBe(`lr is 0.5 at ${gpu.home}\n`);
  await expectOutput(`lr is 0.5 at ${gpu.home}`);
  await editor.screenshot('notebook-job');
});

test('a notebook that was given no machine asks where its job runs, and one that fails comes back with what it put out', async () => {
  const { editor } = machines;
  await openNotebook('broken.ipynb');
  await runAsJob('');
  await editor.take('ssh/gpu-1');
  await agree('broken');
  const told = editor.notification('broken.ipynb ran on ssh/gpu-1 up to a cell that failed.');
  await told.getByRole('button', { name: 'Open Notebook' }).click({ timeout: 120_000 });
  await expect(editor.tab('broken.ipynb')).toHaveCount(2);
  expect(await executed('broken')).toContain('before\n');
  await expectOutput('ZeroDivisionError');
});
