import { ComparePanel } from './harness/comparePanel';
import { Editor } from './harness/editor';
import { writePastJobs, sweep } from '../fakes/pastJobs';
import { expect, test } from '@playwright/test';
import { newWorkspace } from './harness/workspace';

const hour = 3_600_000;

/** Pictures of the panel in every theme, and in a narrow window. */
test('the panel that compares jobs, empty, with few runs, with 500, and narrow', async () => {
  const workspace = newWorkspace();
  const editor = await Editor.start(workspace);
  try {
    await editor.showTrainyard();
    const empty = await ComparePanel.open(editor);
    await expect(empty.frame.locator('h1')).toContainText('No jobs');
    await editor.screenshots('compare-empty');
    await editor.clear();

    const long = `a-name-of-a-run-${'as-sweeps-write-them-'.repeat(4)}`.slice(0, 100);
    const few = sweep(4, Date.now() - hour).map((job, index) => (index === 3 ? { ...job, name: long } : job));
    await writePastJobs(workspace.home, few);
    const panel = await ComparePanel.open(editor);
    await panel.settled('4 runs');
    for (const row of await panel.rows().all()) await row.getByRole('checkbox', { name: /^Overlay/ }).click();
    await editor.screenshots('compare-few');
    await panel.show(/Charts/);
    await expect(panel.frame.locator('overlay-chart canvas').first()).toBeVisible();
    await editor.screenshots('compare-charts');
    await panel.show(/Table/);
    await panel.check('mlp');
    await panel.check('resnet');
    await panel.show(/Diff/);
    await expect(panel.frame.locator('.diff').first()).toBeVisible();
    await editor.screenshots('compare-diff');

    // Beside them the one with the long name.
    await writePastJobs(workspace.home, sweep(500, Date.now() - hour));
    await panel.show(/Table/);
    await panel.settled('501 runs');
    await panel.head('accuracy (highest)').click();
    await editor.screenshots('compare-many');
    await panel.filter('accuracy>0.8 lrr');
    await panel.filter('accuracy>0.8 lrr>1');
    await panel.button('Choose columns').click();
    await editor.screenshot('compare-menu');
    await editor.page.keyboard.press('Escape');
    await editor.run('View: Toggle Primary Side Bar Visibility');
    await editor.page.setViewportSize({ width: 450, height: 800 });
    await panel.filter('');
    await editor.screenshots('compare-narrow');
    for (const tab of [/Charts/, /Diff/]) {
      await panel.show(tab);
      await editor.screenshot(`compare-narrow-${tab.source.toLowerCase()}`);
    }
  } finally {
    await editor.stop();
    workspace.delete();
  }
});
