import { submit, write } from './harness/jobs';
import { RunPanel } from './harness/runPanel';
import { expect, test } from './harness/test';

test('a failed job opens on why, where and what to do', async ({ editor }) => {
  await submit(editor, 'quick/broken.job.yaml');
  const panel = await RunPanel.inFront(editor, 'broken');
  const { frame } = panel;
  await panel.expectState('failed');
  const card = frame.locator('failure-card');
  await expect(card.locator('h2')).toContainText('ValueError');
  await expect(card.locator('.failure-where')).toContainText('node 1');
  await expect(card.locator('.failure-where')).toContainText('exit code 1');
  await expect(card.locator('.failure-lines')).toContainText('Traceback (most recent call last)');
  await expect(card.locator('.failure-lines')).toContainText('ValueError: could not convert string to float');
  await expect(frame.locator('node-table tbody tr').first()).toContainText('failed');

  await card.getByText('Edit Job File').click();
  await expect(editor.tab('broken.job.yaml')).toHaveAttribute('aria-selected', 'true');
  await editor.tab(/^broken$/).click();
  await card.getByText('Open Logs').click();
  await panel.expectTab('Logs');
  await expect(panel.frame.locator('.row-marked')).toContainText('Traceback');
  await panel.show('Overview');

  // The frame where it happened leads to the workspace's own file, not to the job's copy of it.
  const frameLink = card.locator('button.frame').first();
  const place = /train\.py:(\d+)/.exec(await frameLink.innerText());
  await frameLink.click();
  await expect(editor.tab('train.py')).toHaveAttribute('aria-selected', 'true');
  await expect(editor.tab('train.py')).toHaveAttribute('data-resource-name', 'train.py');
  await expect(editor.page.locator('.statusbar')).toContainText(`Ln ${place?.[1]}, Col 1`);
  await expect(editor.page.locator('.breadcrumbs-control')).toContainText('quick');

  // Nothing has changed since, so that there is nothing to choose.
  await editor.tab(/^broken$/).click();
  await card.getByText('Resubmit…').click();
  await expect(editor.dialog('Submit broken to local?')).toContainText('2 nodes');
  await editor.page.keyboard.press('Escape');
  await expect(editor.dialog()).toHaveCount(0);
});

test('a frame in a platform’s copy of the code leads to the workspace’s file by the end of its path', async ({
  editor,
}) => {
  const report = [
    'Traceback (most recent call last):',
    '  File "/opt/ml/code/quick/train.py", line 3, in main',
    '  File "/opt/conda/lib/python3.11/json/decoder.py", line 9, in decode',
    'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.10 GiB of which 1.25 GiB is free.',
  ];
  const echoes = report.map((line) => `  echo '${line}'`).join('\n');
  write(editor, 'remote.job.yaml', `name: remote\nrun: |\n${echoes}\n  exit 1\n`);
  await submit(editor, 'remote.job.yaml');
  const panel = await RunPanel.inFront(editor, 'remote');
  await panel.expectState('failed');
  const card = panel.frame.locator('failure-card');
  await expect(card.locator('h2')).toContainText(
    '2.00 GiB more were asked for, and 1.25 GiB of 79.10 GiB were free',
  );
  await expect(card.locator('button.frame')).toHaveText('quick/train.py:3');
  await editor.screenshot('failure-platform.dark');
  await card.locator('button.frame').click();
  await expect(editor.tab('train.py')).toHaveAttribute('aria-selected', 'true');
  await expect(editor.page.locator('.statusbar')).toContainText('Ln 3, Col 1');
  await expect(editor.page.locator('.breadcrumbs-control')).toContainText('quick');
});
