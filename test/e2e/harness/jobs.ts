import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import { expect } from './expect';
import type { Editor } from './editor';
import { press } from './rows';
import { repository } from './workspace';

/** A file of the workspace, written as another program would. Gives its absolute path. */
export function write(editor: Editor, name: string, text: string): string {
  const path = join(editor.workspace.folder, name);
  writeFileSync(path, text);
  return path;
}

/** Lines of `run` that go on once the test has opened the gate, so that no test depends on how fast a job is. */
export const atGate = (gate: Gate) => `until [ -e '${gate.path}' ]; do sleep 0.05; done`;

export interface Gate {
  readonly path: string;
  open(): void;
}

export function newGate(editor: Editor, name: string): Gate {
  const path = join(editor.workspace.profile, `gate-${name}`);
  return {
    path,
    open() {
      writeFileSync(path, '');
    },
  };
}

/** Submits a file of the workspace from its own lens, agrees, and has the panel of the new job in front. */
export async function submit(editor: Editor, path: string, place = 'local'): Promise<void> {
  await editor.openFile(path);
  const panels = await runTabs(editor).count();
  await lens(editor, `Submit to ${place}`).click();
  await expect(editor.dialog(`to ${place}?`)).toBeVisible();
  await editor.page.keyboard.press('Enter');
  await expect(editor.dialog()).toHaveCount(0);
  await expect(runTabs(editor)).toHaveCount(panels + 1);
}

/** The tabs of jobs' panels. */
function runTabs(editor: Editor): Locator {
  return editor.page.locator('.tab[data-resource-name^="webview-trainyard.run-"]');
}

export function lens(editor: Editor, title: string): Locator {
  return editor.page.locator('.codelens-decoration a', { hasText: title });
}

/** The row of the newest job of that name, once it is there. */
export async function jobRow(editor: Editor, name: string): Promise<Locator> {
  await editor.showTrainyard();
  await unfoldGroups(editor);
  const row = editor.rows('Jobs', name).first();
  await expect(row).toBeVisible();
  return row;
}

/** A click on a row that moves away in that moment may fold up the group that comes to lie there. */
async function unfoldGroups(editor: Editor): Promise<void> {
  const groups = editor.rows('Jobs', /^(?:Running|Recent) \(/);
  const folded = groups.and(editor.page.locator('[aria-expanded="false"]'));
  await expect(async () => {
    if ((await folded.count()) > 0)
      await folded.first().locator('.monaco-tl-twistie').click({ timeout: 5_000 });
    await expect(folded).toHaveCount(0, { timeout: 2_000 });
  }).toPass();
}

/** Stops a job by the button of its row. */
export async function stopFromRow(editor: Editor, name: string): Promise<void> {
  const stopped = editor.rows('Jobs', name).filter({ hasText: /stopping|stopped/ });
  await press(await jobRow(editor, name), 'Stop Job', stopped);
}

/** Ids of the jobs of that name. */
export function jobIds(editor: Editor, name: string): string[] {
  const folder = join(editor.workspace.home, 'jobs');
  const all = existsSync(folder) ? readdirSync(folder) : [];
  return all.filter((id) => id.startsWith(`${name}-`)).sort();
}

/** The id of the only job of that name, once it is there. */
export async function jobId(editor: Editor, name: string): Promise<string> {
  await expect.poll(() => jobIds(editor, name)).toHaveLength(1);
  return jobIds(editor, name)[0] ?? '';
}

/** Absolute path in a job's folder. */
export function jobPath(editor: Editor, id: string, file: string): string {
  return join(editor.workspace.home, 'jobs', id, file);
}

/** What a node of a job wrote so far. */
export function logOf(editor: Editor, id: string, node = 0): Buffer {
  const path = jobPath(editor, id, `nodes/${node}/log`);
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
}

export interface CliResult {
  readonly code: number;
  readonly out: Buffer;
  readonly err: string;
}

/** Runs this repository's CLI on the state of the editor under test, in its workspace. */
export function cli({ workspace, env }: Editor, ...words: string[]): Promise<CliResult> {
  const options = {
    cwd: workspace.folder,
    env: { ...process.env, ...env, TRAINYARD_HOME: workspace.home },
    encoding: 'buffer' as const,
    maxBuffer: 1 << 28,
  };
  const program = join(repository, 'dist', 'cli.js');
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...words], options, (error, out, err) => {
      // Where it was not even started, the code is a word: no exit code that a test could expect.
      resolve({ code: Number(error?.code ?? 0), out, err: err.toString() });
    });
  });
}

/** Starts a job by the CLI and gives its id. */
export async function cliSubmit(editor: Editor, file: string): Promise<string> {
  const { code, out, err } = await cli(editor, 'submit', file, '--yes', '--json');
  expect(code, err).toBe(0);
  const first = JSON.parse(out.toString().split('\n')[0] ?? '') as { event: string; job: string };
  expect(first.event).toBe('submitted');
  return first.job;
}
