import { submit } from './harness/jobs';
import { RunPanel } from './harness/runPanel';
import { expect, test } from './harness/test';

test('a failed job opens on why, where and what to do', async ({ editor }) => {
  // Another test's job of this name may have left its tab.
  await editor.run('View: Close All Editors');
  await submit(editor, 'quick/broken.job.yaml');
  const panel = await RunPanel.open(editor, 'broken');
  const { frame } = panel;
  await panel.expectState('failed', 60_000);
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
