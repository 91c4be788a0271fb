import { expect, test } from '@playwright/test';
import { Editor } from './harness/editor';
import { atGate, cliSubmit, jobRow, lens, newGate, write } from './harness/jobs';
import { RunPanel, type PanelTab } from './harness/runPanel';
import { newWorkspace } from './harness/workspace';

/** What is on the screen of each picture. An editor of its own, so that no other test's jobs are in them. */
const scenes: Readonly<Record<string, (editor: Editor) => Promise<void>>> = {
  jobs: async (editor) => {
    await editor.openFile('moons.job.yaml');
    await expect(lens(editor, 'Submit to local')).toBeVisible();
  },
  problems: async (editor) => {
    await editor.openFile('typo.job.yaml');
    await expect(editor.page.locator('.squiggly-error').first()).toBeVisible();
    await editor.page.locator('.view-line', { hasText: 'num_node' }).click();
    await editor.page.keyboard.press('ControlOrMeta+.');
    await expect(editor.page.locator('.action-widget', { hasText: 'Change to num_nodes' })).toBeVisible();
  },
  plan: async (editor) => {
    await editor.openFile('moons.job.yaml');
    await lens(editor, 'Plan…').click();
    await expect(editor.quickPick('local').first()).toBeVisible();
  },
  submit: async (editor) => {
    await editor.openFile('moons.job.yaml');
    await lens(editor, 'Submit to local').click();
    await expect(editor.dialog('Submit moons to local?')).toBeVisible();
  },
  walkthrough: async (editor) => {
    await editor.run('Welcome: Open Walkthrough...');
    await editor.choose('Trainyard');
    await expect(editor.page.locator('.getting-started-step.expanded')).toBeVisible();
    const picture = editor.page
      .frameLocator('.getting-started-media iframe')
      .frameLocator('#active-frame')
      .locator('img');
    await expect(picture.first()).toHaveJSProperty('complete', true);
  },
  'panel-overview': (editor) => showPanel(editor, 'moons', 'Overview'),
  'panel-logs': (editor) => showPanel(editor, 'moons', 'Logs'),
  'panel-metrics': (editor) => showPanel(editor, 'moons', 'Metrics'),
  'panel-spec': (editor) => showPanel(editor, 'moons', 'Spec'),
  'panel-outputs': (editor) => showPanel(editor, 'quick', 'Outputs'),
  'panel-succeeded': (editor) => showPanel(editor, 'quick', 'Overview'),
  'panel-failed': (editor) => showPanel(editor, 'broken', 'Overview'),
};

async function showPanel(editor: Editor, name: string, tab: PanelTab): Promise<void> {
  const panel = await RunPanel.open(editor, name);
  const { frame } = panel;
  await panel.show(tab);
  await expect(frame.locator('[role="status"]:visible', { hasText: '…' })).toHaveCount(0);
  const settled = {
    Overview: '.tail .row',
    Logs: 'log-list .row',
    Metrics: 'canvas',
    Spec: '.code',
    Outputs: '.files',
  };
  await expect(frame.locator(settled[tab]).first()).toBeVisible();
}

/** Two nodes that train, and then wait. */
const moons = (gate: string) => `# Two half-moons, learnt on two nodes.
name: moons
workdir: quick
num_nodes: 2
envs: { EPOCHS: 60 }
secrets: { TOKEN: correct-horse }
run: |
  python3 train.py
  ${gate}
trainyard:
  outputs: { model: ./model }
  metrics: [{ name: accuracy, regex: 'accuracy ([0-9.]+)' }]
  guardrails: { max_duration: 1h }
`;

test('every view and panel, in every theme', async () => {
  const workspace = newWorkspace();
  const editor = await Editor.start(workspace);
  try {
    await editor.showTrainyard();
    await expect(editor.view('Jobs')).toContainText('Submit one');
    await editor.screenshots('empty');

    const gate = newGate(editor, 'screens');
    write(editor, 'moons.job.yaml', moons(atGate(gate)));
    write(
      editor,
      'typo.job.yaml',
      'name: typo\nnum_node: 2\nresources:\n  acelerators: H100:8\nrun: echo hi\n',
    );
    write(
      editor,
      'long.job.yaml',
      `name: a-job-with-a-name-of-sixty-characters-as-sweeps-write-them-0\nrun: |\n  ${atGate(gate)}\n`,
    );
    for (const file of ['quick/quick.job.yaml', 'quick/broken.job.yaml', 'long.job.yaml', 'moons.job.yaml']) {
      await cliSubmit(editor, file);
    }
    await expect(await jobRow(editor, 'quick')).toContainText('accuracy');
    await expect(await jobRow(editor, 'broken')).toContainText('ValueError');
    for (const theme of ['light', 'contrast', 'dark'] as const) {
      await editor.theme(theme);
      for (const [name, scene] of Object.entries(scenes)) {
        await scene(editor);
        await editor.screenshot(`${name}.${theme}`);
        await editor.page.keyboard.press('Escape');
        await expect(editor.dialog()).toHaveCount(0);
      }
    }
    gate.open();
    await expect(editor.rows('Jobs', /moons.*\$0\.00/).first()).toBeVisible();
  } finally {
    await editor.stop();
    workspace.delete();
  }
});
