import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Editor } from './harness/editor';
import { restrict } from './harness/restrictedMode';
import { choose, press } from './harness/rows';
import { expect, test } from './harness/test';
import { newWorkspace, writeMachineSettings } from './harness/workspace';

/** Begins a submit from the file's own lens, and agrees. */
async function submit(editor: Editor, path: string): Promise<void> {
  await editor.openFile(path);
  await lens(editor, 'Submit to local').click();
  await expect(editor.dialog('to local?')).toBeVisible();
  await editor.page.keyboard.press('Enter');
  await expect(editor.dialog()).toHaveCount(0);
}

function lens(editor: Editor, title: string) {
  return editor.page.locator('.codelens-decoration a', { hasText: title });
}

function write(editor: Editor, name: string, text: string): void {
  writeFileSync(join(editor.workspace.folder, name), text);
}

const sleeper = (name: string) => `name: ${name}\nnum_nodes: 2\nrun: |\n  echo ready\n  sleep 600\n`;

test.describe('the side bar', () => {
  test('has five views, and each says what it is for', async ({ editor }) => {
    await editor.showTrainyard();
    const words = { Machines: 'GPU machines', Models: 'versions', Endpoints: 'Deployed', Spend: 'spend' };
    for (const [title, word] of Object.entries(words)) {
      const view = await editor.unfold(title);
      await expect(view).toContainText(word);
    }
    await expect(await editor.unfold('Jobs')).toBeVisible();
    await editor.screenshots('views');
    for (const title of Object.keys(words)) await editor.view(title).locator('.pane-header').click();
  });
});

test.describe('a job file', () => {
  test('has its problems marked, and a misspelt field is mended by its quick fix', async ({ editor }) => {
    write(editor, 'typo.job.yaml', 'name: typo\nnum_node: 2\nrun: echo hi\n');
    await editor.openFile('typo.job.yaml');
    const { page } = editor;
    await expect(page.locator('.squiggly-error').first()).toBeVisible();
    await page.locator('.view-line', { hasText: 'num_node' }).click();
    await page.keyboard.press('ControlOrMeta+.');
    await page
      .getByRole('option', { name: 'Change to num_nodes' })
      .or(page.locator('.action-widget .monaco-list-row', { hasText: 'Change to num_nodes' }))
      .first()
      .click();
    await expect(page.locator('.view-line', { hasText: 'num_nodes' })).toBeVisible();
    await expect(lens(editor, 'Submit to local · 2 nodes · $0.00/h')).toBeVisible();
  });

  test('explains a field under the pointer, and offers the fields that are missing', async ({ editor }) => {
    write(editor, 'help.job.yaml', 'name: help\nworkdir: .\nrun: python3 train.py\n');
    await editor.openFile('help.job.yaml');
    const { page } = editor;
    const field = page.locator('.view-line span', { hasText: /^workdir$/ }).first();
    // The pointer lies where the file was chosen, and what is explained there may cover the field.
    await expect(async () => {
      await page.mouse.move(0, 0);
      await field.hover({ timeout: 2_000 });
      await expect(page.locator('.monaco-hover:visible')).toContainText('Folder that is copied', {
        timeout: 3_000,
      });
    }).toPass();
    await page.locator('.view-line', { hasText: 'python3' }).click();
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Home');
    await page.keyboard.type('num');
    await expect(page.locator('.suggest-widget .monaco-list-row', { hasText: 'num_nodes' })).toBeVisible();
    await page.keyboard.press('Escape');
  });

  test('shows where it could run, with the reason where it can not', async ({ editor }) => {
    write(editor, 'large.job.yaml', 'name: large\nresources:\n  accelerators: H100:8\nrun: nvidia-smi\n');
    await editor.openFile('large.job.yaml');
    await expect(lens(editor, 'Nothing can run this job now')).toBeVisible();
    await lens(editor, 'Plan…').click();
    await expect(editor.quickPick('local')).toContainText('H100:8');
    await editor.page.keyboard.press('Enter');
    await expect(editor.quickPick('local'), 'an impossible place leads nowhere').toBeVisible();
    await editor.page.keyboard.press('Escape');
  });

  test('that is new comes from a template, and is saved when it is submitted', async ({ editor }) => {
    await editor.run('Trainyard: New Job File…');
    await editor.take('Plain Python');
    await expect(editor.tab('train.job.yaml')).toBeVisible();
    await lens(editor, 'Submit to local · 1 node').click();
    await expect(editor.dialog('Submit train to local?')).toContainText(/Copies \d+ files/);
    await editor.page.keyboard.press('Escape');
    expect(existsSync(join(editor.workspace.folder, 'train.job.yaml'))).toBe(true);
  });

  test('with errors is not submitted, and the notification leads to them', async ({ editor }) => {
    write(editor, 'wrong.job.yaml', 'name: wrong\nnum_nodes: 0\nenvs:\n  EPOCHS:\nrun: echo\n');
    await editor.openFile('wrong.job.yaml');
    await editor.run('Trainyard: Submit Job…');
    const notification = editor.notification('wrong.job.yaml can’t be submitted, line 2');
    await notification.getByRole('button', { name: 'Show Problems' }).click();
    await expect(editor.page.locator('.markers-panel')).toContainText('Expected at least 1');
    await editor.page.keyboard.press('ControlOrMeta+j');
  });
});

test.describe('a job', () => {
  test('is submitted after one question, appears at once, and succeeds', async ({ editor }) => {
    await editor.showTrainyard();
    await editor.openFile('quick/quick.job.yaml');
    await lens(editor, 'Submit to local').click();
    const question = editor.dialog('Submit quick to local?');
    await expect(question).toContainText('1 node · $0.00/h');
    await expect(question).toContainText(/Copies \d+ files, .* from quick/);
    await expect(question).toContainText('Stops itself after 5 m');
    await editor.page.keyboard.press('Enter');
    await expect(editor.rows('Jobs', 'quick').first()).toBeVisible();
    await expect(
      editor.rows('Jobs', /quick.*\d+ s · accuracy 0\.\d+ · \$0\.00 · local/).first(),
    ).toBeVisible();
    await editor.screenshots('jobs', async () => {
      await expect(editor.panel().getByText('succeeded').first()).toBeVisible();
    });
  });

  test('that is not agreed to leaves nothing behind', async ({ editor }) => {
    const before = jobsOn(editor);
    await editor.openFile('quick/quick.job.yaml');
    await lens(editor, 'Submit to local').click();
    await expect(editor.dialog('Submit quick to local?')).toBeVisible();
    await editor.page.keyboard.press('Escape');
    await expect(editor.dialog()).toHaveCount(0);
    await expect(editor.notification()).toHaveCount(0);
    expect(jobsOn(editor)).toEqual(before);
  });

  test('that fails says on which node and why, in its row', async ({ editor }) => {
    await editor.showTrainyard();
    await submit(editor, 'quick/broken.job.yaml');
    await expect(editor.rows('Jobs', /broken.*node 1: \w+Error.* · local/).first()).toBeVisible();
  });

  test('asks for what its file leaves open, and stops when told to', async ({ editor }) => {
    write(
      editor,
      'asks.job.yaml',
      `${sleeper('asks')}envs:\n  EPOCHS:\nsecrets:\n  TOKEN:\n`.replace(
        'echo ready',
        'echo "$EPOCHS epochs, ${#TOKEN} letters"',
      ),
    );
    await editor.showTrainyard();
    await editor.openFile('asks.job.yaml');
    await lens(editor, 'Submit to local').click();
    await expect(editor.input).toHaveAttribute('placeholder', 'EPOCHS');
    await editor.input.fill('3');
    await editor.page.keyboard.press('Enter');
    const secret = editor.page.locator('.quick-input-widget:visible input[type="password"]');
    await expect(secret).toHaveAttribute('placeholder', 'TOKEN');
    await secret.fill('correct-horse');
    await editor.page.keyboard.press('Enter');
    await expect(editor.dialog('Submit asks to local?')).toContainText('Secrets: TOKEN.');
    await editor.page.keyboard.press('Enter');

    const row = editor.rows('Jobs', 'asks').first();
    await expect(row).toContainText('2 nodes');
    await expect(editor.page.locator('.statusbar')).toContainText('1 job');
    await expect.poll(() => textOf(editor, 'asks', 'nodes/0/log')).toBe('3 epochs, 13 letters\n');
    await press(row, 'Stop Job', editor.rows('Jobs', /asks.*(?:stopping|stopped)/));
    await expect(editor.rows('Jobs', /asks.*stopped.* · local/).first()).toBeVisible();
    await expect(editor.page.locator('.statusbar')).not.toContainText('1 job');
    for (const file of ['job.json', 'job.yaml'])
      expect(textOf(editor, 'asks', file)).not.toContain('correct-horse');
  });

  test('can be run again as it ran, after its file has been changed', async ({ editor }) => {
    write(editor, 'again.job.yaml', 'name: again\nrun: echo first\n');
    await editor.showTrainyard();
    await submit(editor, 'again.job.yaml');
    const rows = editor.rows('Jobs', /again.*\d+ s · \$0\.00 · local/);
    await expect(rows).toHaveCount(1);
    write(editor, 'again.job.yaml', 'name: again\nrun: echo second\n');
    await choose(rows.first(), 'Resubmit Job…', editor.quickPick('As it ran'));
    await editor.take('As it ran');
    await expect(editor.dialog('Submit again to local?')).toBeVisible();
    await editor.page.keyboard.press('Enter');
    await expect(rows).toHaveCount(2);
    const logs = jobsOn(editor)
      .filter((id) => id.startsWith('again-'))
      .map((id) => readFileSync(join(editor.workspace.home, 'jobs', id, 'nodes/0/log'), 'utf8'));
    expect(logs).toEqual(['first\n', 'first\n']);
  });

  test('that has ended is deleted after one question, with its files', async ({ editor }) => {
    write(editor, 'gone.job.yaml', 'name: gone\nrun: echo hi\n');
    await editor.showTrainyard();
    await submit(editor, 'gone.job.yaml');
    const row = editor.rows('Jobs', /gone.*\d+ s · \$0\.00 · local/);
    await expect(row).toHaveCount(1);
    expect(jobsOn(editor).some((id) => id.startsWith('gone-'))).toBe(true);
    const question = editor.dialog('Delete the job "gone"?');
    await choose(row, 'Delete Job…', question);
    await question.getByRole('button', { name: 'Delete' }).click();
    await expect(row).toHaveCount(0);
    expect(jobsOn(editor).some((id) => id.startsWith('gone-'))).toBe(false);
  });

  test('that would cost more than the limit is refused, and starts nothing', async ({ editor }) => {
    setMachine(editor, { 'trainyard.local.hourlyUsd': 5 });
    await editor.configure({ 'trainyard.guardrails.maxHourlyUsd': 1 });
    const before = jobsOn(editor);
    await editor.openFile('quick/quick.job.yaml');
    await lens(editor, '$5.00/h').click();
    await expect(editor.notification('A guardrail refuses this job. It costs $5.00/h')).toBeVisible();
    await expect(editor.dialog()).toHaveCount(0);
    expect(jobsOn(editor)).toEqual(before);
    setMachine(editor, {});
    await editor.configure({});
  });
});

test('a state that newer code made is left alone; the view says so, and job files still have help', async () => {
  const workspace = newWorkspace();
  mkdirSync(workspace.home);
  const file = join(workspace.home, 'trainyard.db');
  const database = new DatabaseSync(file);
  database.exec('PRAGMA user_version = 999');
  database.close();
  const editor = await Editor.start(workspace);
  try {
    await editor.showTrainyard();
    const row = editor.rows('Jobs', "Trainyard's state can't be opened");
    await expect(row).toContainText(/newer/);
    await editor.openFile('quick/quick.job.yaml');
    await expect(lens(editor, 'Validate')).toBeVisible();

    rmSync(file);
    await row.click();
    await expect(row).toHaveCount(0);
    await expect(lens(editor, 'Submit to local')).toBeVisible();
  } finally {
    await editor.stop();
    workspace.delete();
  }
});

test('in Restricted Mode job files have help, and no job starts', async () => {
  const workspace = newWorkspace();
  const editor = await Editor.start(workspace);
  try {
    await restrict(editor);
    await editor.showTrainyard();
    await expect(await editor.unfold('Jobs')).toContainText('none starts in Restricted Mode');
    await editor.openFile('quick/quick.job.yaml');
    await lens(editor, 'Submit').click();
    await expect(editor.notification('none can start in Restricted Mode')).toBeVisible();
    await expect(editor.notification().getByRole('button', { name: 'Manage Workspace Trust' })).toBeVisible();
    await expect(editor.dialog()).toHaveCount(0);
    expect(jobsOn(editor)).toEqual([]);
  } finally {
    await editor.stop();
    workspace.delete();
  }
});

function setMachine({ workspace }: Editor, settings: Readonly<Record<string, unknown>>): void {
  writeMachineSettings(workspace.profile, settings);
}

function jobsOn({ workspace }: Editor): string[] {
  const folder = join(workspace.home, 'jobs');
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** A file of the newest job of that name; empty while there is none. */
function textOf(editor: Editor, name: string, file: string): string {
  const id = jobsOn(editor).find((one) => one.startsWith(`${name}-`));
  const path = join(editor.workspace.home, 'jobs', id ?? '', file);
  return id !== undefined && existsSync(path) ? readFileSync(path, 'utf8') : '';
}
