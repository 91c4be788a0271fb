import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { cli, jobId, jobPath, submit, write } from './harness/jobs';
import type { Editor } from './harness/editor';
import { expect, test } from './harness/test';

const command = 'Trainyard: Free Disk Space…';
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** A job that has ended with 20 MB of log and a copy of its workdir. */
async function endedJob(editor: Editor, name: string): Promise<string> {
  const run = 'yes "a line of a log that is long and says little" | head -c 20000000';
  write(editor, `${name}.job.yaml`, `name: ${name}\nworkdir: quick\nrun: ${run}\n`);
  await submit(editor, `${name}.job.yaml`);
  const id = await jobId(editor, name);
  await editor.showTrainyard();
  await expect(editor.rows('Jobs', new RegExp(`${name}.*\\$0\\.00 · local`))).toBeVisible();
  return id;
}

/** Opens the list and ticks the job. */
async function tick(editor: Editor, name: string): Promise<void> {
  await editor.run(command);
  const row = editor.quickPick(name);
  await expect(row).toBeVisible();
  await editor.input.fill(name);
  await row.getByRole('checkbox').check();
}

const accept = (editor: Editor) => editor.page.getByRole('button', { name: 'OK' }).click();

test('an ended job gives up its work folder, and then its log’s space, and every line is still there', async ({
  editor,
}) => {
  const id = await endedJob(editor, 'hoarder');
  const log = jobPath(editor, id, 'nodes/0/log');
  const before = sha256(readFileSync(log));
  expect(existsSync(jobPath(editor, id, 'nodes/0/workdir'))).toBe(true);

  await tick(editor, 'hoarder');
  await expect(editor.quickPick('hoarder')).toContainText(/20 MB · ended .*ago|20 MB · ended just now/);
  await expect(editor.quickPick('hoarder')).toContainText('log 20 MB');
  await expect(editor.page.locator('.quick-input-title')).toContainText(/Free Disk Space: \d+ MB in \d+ job/);
  await editor.input.fill('');
  await editor.screenshot('disk-jobs.dark');
  await accept(editor);
  await expect(editor.quickPick('Compress Logs')).toContainText('most of 20 MB');
  await expect(editor.quickPick('Delete Jobs')).toContainText('With their logs, metrics and outputs.');
  await editor.screenshot('disk-choices.dark');
  await editor.take('Delete Work Folders');
  await expect(editor.dialog('Delete the work folders of “hoarder”?')).toContainText(
    'Logs, metrics and outputs stay',
  );
  await editor.screenshot('disk-confirm.dark');
  await editor.dialog().getByRole('button', { name: 'Delete Work Folders' }).click();
  await expect(editor.notification(/^Freed .*B of disk space/)).toBeVisible();
  expect(existsSync(jobPath(editor, id, 'nodes/0/workdir'))).toBe(false);
  expect(sha256(readFileSync(log))).toBe(before);

  await tick(editor, 'hoarder');
  await accept(editor);
  await expect(editor.quickPick('Delete Work Folders')).toHaveCount(0);
  await editor.take('Compress Logs');
  await editor.dialog('Compress the logs of “hoarder”?').getByRole('button', { name: 'Compress' }).click();
  await expect(editor.notification(/^Freed 1\d MB of disk space/)).toBeVisible();
  await editor.screenshot('disk-freed.dark');
  expect(statSync(log).blocks * 512).toBeLessThan(8 << 20);
  const raw = await cli(editor, 'logs', id, '--raw');
  expect(raw.err).toBe('');
  expect(sha256(raw.out)).toBe(before);
});

test('nothing goes without an answer', async ({ editor }) => {
  const id = await endedJob(editor, 'kept');
  await tick(editor, 'kept');
  await accept(editor);
  await editor.take('Delete Jobs');
  await expect(editor.dialog('Delete “kept”?')).toContainText('This can’t be undone.');
  await editor.page.keyboard.press('Escape');
  await expect(editor.dialog()).toHaveCount(0);
  expect(existsSync(jobPath(editor, id, 'nodes/0/log'))).toBe(true);
});
