import { atGate, newGate, submit, write } from './harness/jobs';
import { colouredPixels, RunPanel } from './harness/runPanel';
import { expect, test } from './harness/test';

/** The quick sample's own training on two nodes, which then wait at a gate. */
const moons = (gate: string, name: string) => `name: ${name}
workdir: quick
num_nodes: 2
envs: { EPOCHS: 8 }
secrets: { TOKEN: correct-horse }
run: |
  printf '\\033[31mred\\033[0m \\033[1;38;2;10;200;30mexact\\033[0m on node %s\\n' "$SKYPILOT_NODE_RANK"
  python3 train.py
  ${gate}
  echo "after the gate"
trainyard:
  outputs: { model: ./model }
  metrics: [{ name: accuracy, regex: 'accuracy ([0-9.]+)' }]
`;

test.describe('the run panel', () => {
  test('follows a job from its first line to its end, with its curves drawn', async ({ editor }) => {
    const gate = newGate(editor, 'moons');
    write(editor, 'moons.job.yaml', moons(atGate(gate), 'moons'));
    await submit(editor, 'moons.job.yaml');
    const panel = await RunPanel.inFront(editor, 'moons');
    const { frame } = panel;
    await panel.expectState('running');
    await expect(frame.locator('.facts')).toContainText('2 nodes');

    await expect(frame.locator('timeline-strip .span-run')).toHaveCount(1);
    await expect(frame.locator('timeline-strip li', { hasText: 'epoch 8' })).toHaveCount(1);
    await expect(frame.locator('timeline-strip .mark-checkpoint')).not.toHaveCount(0);
    for (const title of ['Loss', 'Accuracy', 'CPU']) {
      await expect.poll(() => colouredPixels(panel.chart(title)), { message: title }).toBeGreaterThan(50);
    }
    await expect(frame.locator('log-tail')).toContainText('the weights are in model/');
    await expect(frame.locator('log-tail')).not.toContainText('after the gate');

    gate.open();
    await panel.expectState('succeeded');
    await expect(frame.locator('log-tail')).toContainText('after the gate');
    await expect(frame.locator('node-table tbody tr', { hasText: 'succeeded' })).toHaveCount(2);
    await expect(frame.getByText('Stop', { exact: true })).toHaveCount(0);
  });

  test('is read by keyboard alone: log, nodes, colours, telemetry', async ({ editor }) => {
    const gate = newGate(editor, 'keys');
    write(editor, 'keys.job.yaml', moons(atGate(gate), 'keys'));
    await submit(editor, 'keys.job.yaml');
    const panel = await RunPanel.inFront(editor, 'keys');
    const { keyboard } = editor.page;
    const { frame } = panel;
    await panel.tab('Overview').focus();
    await keyboard.press('ArrowRight');
    await panel.expectTab('Logs');
    await expect(panel.tab('Logs')).toBeFocused();

    await expect(panel.rows.filter({ hasText: 'the weights are in model/' })).toHaveCount(2);
    await expect(panel.rows.locator('.fg-1', { hasText: 'red' })).toHaveCount(2);
    await expect(panel.rows.locator('.bold', { hasText: 'exact' }).first()).toHaveCSS(
      'color',
      'rgb(10, 200, 30)',
    );
    await expect(panel.rows.filter({ hasText: '##trainyard' })).toHaveCount(0);
    await expect(panel.rows.locator('.gutter-node', { hasText: '1' })).not.toHaveCount(0);

    await frame.getByRole('button', { name: 'Node 1' }).focus();
    await keyboard.press('Enter');
    await expect(panel.rows.filter({ hasText: 'on node 0' })).toHaveCount(0);
    await expect(panel.rows.filter({ hasText: 'on node 1' })).toHaveCount(1);
    const telemetry = frame.getByRole('checkbox', { name: 'Telemetry Lines' });
    await telemetry.focus();
    await keyboard.press('Space');
    await expect(panel.rows.filter({ hasText: '##trainyard' }).first()).toBeVisible();
    await keyboard.press('Space');
    await expect(panel.rows.filter({ hasText: '##trainyard' })).toHaveCount(0);
    gate.open();
    await expect(panel.rows.filter({ hasText: 'after the gate' })).toHaveCount(1);
    await panel.expectState('succeeded');
  });

  test('keeps its place in the log when lines arrive, unless it follows them', async ({ editor }) => {
    const gate = newGate(editor, 'place');
    const more = newGate(editor, 'place-more');
    write(
      editor,
      'place.job.yaml',
      `name: place\nrun: |\n  seq 1 500\n  ${atGate(gate)}\n  seq 501 1000\n  ${atGate(more)}\n  seq 1001 1500\n`,
    );
    await submit(editor, 'place.job.yaml');
    const panel = await RunPanel.inFront(editor, 'place');
    await panel.show('Logs');
    const count = panel.frame.locator('.count');
    const follow = panel.button('Follow');
    await expect(count).toHaveText('500 lines');
    await expect(follow).toHaveAttribute('aria-pressed', 'true');
    await expect(panel.rows.last()).toContainText('500');

    await panel.log.press('g');
    await expect(follow).toHaveAttribute('aria-pressed', 'false');
    await expect.poll(() => panel.texts()).toContain('1');
    await expect(panel.waiting).toHaveCount(0);
    const before = await panel.texts();
    gate.open();
    await expect(count).toHaveText('1,000 lines');
    await expect.poll(() => panel.texts()).toEqual(before);

    await panel.log.press('f');
    await expect(follow).toHaveAttribute('aria-pressed', 'true');
    await expect.poll(() => panel.texts()).toContain('1000');
    more.open();
    await expect.poll(() => panel.texts()).toContain('1500');
  });

  test('shows the file as it ran, its metrics as a table, and opens its outputs', async ({ editor }) => {
    const gate = newGate(editor, 'files');
    const text = moons(atGate(gate), 'files');
    write(editor, 'files.job.yaml', text);
    await submit(editor, 'files.job.yaml');
    const panel = await RunPanel.inFront(editor, 'files');
    const { frame } = panel;

    await panel.show('Spec');
    await expect(frame.locator('.pairs div', { hasText: 'TOKEN' })).toContainText('•••');
    await expect(frame.locator('spec-tab')).not.toContainText('correct-horse');
    await expect(frame.locator('.code')).toContainText('num_nodes: 2');
    // Edited while it runs: the job keeps what it ran with.
    write(editor, 'files.job.yaml', text.replace('EPOCHS: 8', 'EPOCHS: 80'));
    await panel.show('Outputs');
    await expect(frame.locator('outputs-tab')).toContainText('outputs are collected when the job ends');
    gate.open();
    await panel.expectState('succeeded');
    await panel.show('Spec');
    await expect(frame.locator('.code')).toContainText('EPOCHS: 8 }');

    await panel.show('Metrics');
    await expect.poll(() => colouredPixels(panel.chart('Loss'))).toBeGreaterThan(50);
    await frame.locator('vscode-checkbox[label="Table"]').click();
    const table = panel.chart('Loss').getByRole('table');
    await expect(table.getByRole('row')).not.toHaveCount(0);
    await expect(table.getByRole('columnheader', { name: 'Step' })).toBeVisible();
    await expect(table.getByRole('cell', { name: '8', exact: true }).first()).toBeVisible();

    await panel.show('Outputs');
    await frame.getByRole('button', { name: 'weights.json' }).first().click();
    await expect(editor.tab('weights.json')).toBeVisible();
    await expect(editor.page.locator('.view-line', { hasText: '"hidden"' })).toBeVisible();
  });
});
