import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Editor } from './harness/editor';
import { jobId, jobIds, jobRow, lens, submit, write } from './harness/jobs';
import { expect, test } from './harness/test';

const database = ({ workspace }: Editor) => join(workspace.home, 'trainyard.db');

/** Takes the database away under the editor that has it open, which keeps the files it has. */
function setAside(editor: Editor): () => void {
  const parts = ['', '-wal', '-shm']
    .map((suffix) => database(editor) + suffix)
    .filter((path) => existsSync(path));
  for (const path of parts) renameSync(path, `${path}.test`);
  return () => {
    for (const path of parts) renameSync(`${path}.test`, path);
  };
}

async function oneJob(editor: Editor, name: string): Promise<string> {
  write(editor, `${name}.job.yaml`, `name: ${name}\nrun: echo hi\n`);
  await submit(editor, `${name}.job.yaml`);
  await expect(editor.rows('Jobs', new RegExp(`${name}.*\\$0\\.00 · local`))).toBeVisible();
  return jobId(editor, name);
}

test.describe('the state database', () => {
  test('that another program has locked refuses a submit, with its name, and starts nothing', async ({
    editor,
  }) => {
    await editor.showTrainyard();
    await oneJob(editor, 'before');
    write(editor, 'barred.job.yaml', 'name: barred\nrun: echo hi\n');
    await editor.openFile('barred.job.yaml');
    const lock = new DatabaseSync(database(editor));
    try {
      lock.exec('BEGIN IMMEDIATE');
      await lens(editor, 'Submit to local').click();
      await expect(editor.dialog('Submit barred to local?')).toBeVisible();
      await editor.page.keyboard.press('Enter');
      await expect(editor.notification('The list of jobs is locked by')).toBeVisible();
      await expect(editor.rows('Jobs', 'before')).toBeVisible();
      expect(jobIds(editor, 'barred')).toEqual([]);
    } finally {
      lock.close();
    }
  });

  test('of a newer version stays as it is, and the view says what to do', async ({ editor }) => {
    await editor.showTrainyard();
    await oneJob(editor, 'newer');
    const putBack = setAside(editor);
    const newer = new DatabaseSync(database(editor));
    newer.exec('PRAGMA user_version = 999; CREATE TABLE future (x)');
    newer.close();
    const bytes = readFileSync(database(editor));
    await editor.reload();
    const trouble = editor.rows('Jobs', "Trainyard's state can't be opened");
    await expect(trouble).toContainText('newer Trainyard');
    await expect(trouble).toContainText('Update Trainyard');
    expect(readFileSync(database(editor)).equals(bytes)).toBe(true);
    putBack();
    await trouble.click();
    await expect(await jobRow(editor, 'newer')).toBeVisible();
  });

  test('that is damaged is kept aside, and the jobs are found again', async ({ editor }) => {
    await editor.showTrainyard();
    await oneJob(editor, 'damaged');
    setAside(editor);
    const garbage = Buffer.alloc(8192, 'not a database ');
    writeFileSync(database(editor), garbage);
    await editor.reload();
    await expect(await jobRow(editor, 'damaged')).toContainText('local');
    const aside = readdirSync(editor.workspace.home).filter((name) => name.includes('.corrupt-'));
    expect(aside).toHaveLength(1);
    expect(readFileSync(join(editor.workspace.home, aside[0] ?? '')).equals(garbage)).toBe(true);
  });
});
