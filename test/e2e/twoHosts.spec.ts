import {
  atGate,
  cli,
  cliSubmit,
  jobId,
  jobIds,
  jobRow,
  lens,
  newGate,
  stopFromRow,
  submit,
  write,
} from './harness/jobs';
import { processesOf } from './harness/processes';
import type { Editor } from './harness/editor';
import { expect, test } from './harness/test';

async function stateOf(editor: Editor, id: string): Promise<string | undefined> {
  const { out } = await cli(editor, 'jobs', '--json');
  return (JSON.parse(out.toString()) as { id: string; state: string }[]).find((job) => job.id === id)?.state;
}

test.describe('the editor and the CLI', () => {
  test('see and stop each other’s jobs', async ({ editor }) => {
    const waiting = (name: string) => `name: ${name}\nrun: |\n  ${atGate(newGate(editor, name))}\n`;
    write(editor, 'from-cli.job.yaml', waiting('from-cli'));
    write(editor, 'from-editor.job.yaml', waiting('from-editor'));
    await editor.showTrainyard();
    const byCli = await cliSubmit(editor, 'from-cli.job.yaml');
    await jobRow(editor, 'from-cli');
    await submit(editor, 'from-editor.job.yaml');
    const byEditor = await jobId(editor, 'from-editor');
    await expect.poll(() => stateOf(editor, byEditor)).toBe('running');

    await stopFromRow(editor, 'from-cli');
    await expect.poll(() => stateOf(editor, byCli)).toBe('stopped');
    expect((await cli(editor, 'stop', byEditor)).code).toBe(0);
    await expect(editor.rows('Jobs', /from-editor.*stopped/)).toBeVisible();
    for (const id of [byCli, byEditor]) await expect.poll(() => processesOf(id)).toEqual([]);
  });
});

test('two windows that submit at once start two jobs, and both show both', async ({ editor }) => {
  test.skip(!editor.page.url().startsWith('http://'), 'a folder has one window on the desktop');
  write(editor, 'twice.job.yaml', 'name: twice\nrun: echo once\n');
  const other = await editor.secondWindow();
  try {
    for (const window of [editor, other]) {
      // A page that is hidden draws nothing.
      await window.page.bringToFront();
      await window.showTrainyard();
      await window.openFile('twice.job.yaml');
      await lens(window, 'Submit to local').click();
      await expect(window.dialog('Submit twice to local?')).toBeVisible();
    }
    await Promise.all([editor, other].map(({ page }) => page.keyboard.press('Enter')));
    for (const window of [editor, other]) {
      await window.page.bringToFront();
      await expect(window.rows('Jobs', /twice.*\$0\.00 · local/)).toHaveCount(2);
    }
    expect(jobIds(editor, 'twice')).toHaveLength(2);
  } finally {
    await other.stop();
    await editor.page.bringToFront();
  }
});
