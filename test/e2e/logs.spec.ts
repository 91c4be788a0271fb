import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { atGate, jobIds, logOf, newGate, submit, write } from './harness/jobs';
import { RunPanel } from './harness/runPanel';
import { expect, test } from './harness/test';

/** Two nodes with setup, levels, ranks, colours, a traceback and a progress bar; `lines` of them. */
const loud = (name: string, lines: number, gate: string) => `name: ${name}
num_nodes: 2
setup: |
  echo "Collecting torch"
  echo "WARNING: pip is old"
run: |
  awk -v node=$SKYPILOT_NODE_RANK -v lines=${lines} 'BEGIN {
    for (i = 1; i <= lines; i++) {
      printf "[rank%d]: 2026-11-25 21:04:%02d INFO step %d loss=%.4f lr=3e-4\\n", node * 2 + i % 2, i % 60, i, 2 / (1 + i / 500)
      if (i == 1000) print "[rank" node * 2 "]: \\033[33mWARNING\\033[0m gradient norm is large: 12.5"
      if (i == 1500 && node == 1) {
        print "[rank2]: Traceback (most recent call last):"
        print "[rank2]:   File \\"train.py\\", line 12, in <module>"
        print "[rank2]: ValueError: shapes do not match"
      }
      if (i == 2000) print "a needle in the hay of node " node
    }
    printf "\\r 10%% |#         |\\r 50%% |#####     |"
  }'
  ${gate}
  printf '\\r100%% |##########|\\n'
`;

test.describe('the log tab', () => {
  test('searches all lines, steps through the matches and shows where they are', async ({ editor }) => {
    const gate = newGate(editor, 'search');
    write(editor, 'search.job.yaml', loud('search', 60_000, atGate(gate)));
    await submit(editor, 'search.job.yaml');
    const panel = await RunPanel.inFront(editor, 'search');
    const { frame } = panel;
    const { keyboard } = editor.page;
    await panel.show('Logs');
    await expect(frame.locator('.count')).toHaveText('120,013 lines');
    // The progress bars of both nodes are their last, live rows.
    await expect(panel.rows.filter({ hasText: '50% |#####' })).toHaveCount(2);

    await panel.log.press('/');
    const input = frame.getByRole('textbox', { name: 'Search all lines' });
    await expect(input).toBeFocused();
    await keyboard.type('NEEDLE');
    await expect(frame.locator('.find-result')).toHaveText('2 lines');
    await keyboard.press('Enter');
    await expect(frame.locator('.find-result')).toHaveText('1 of 2');
    await expect(panel.rows.locator('.match', { hasText: 'needle' }).first()).toBeVisible();
    await expect(frame.locator('.row-marked')).toContainText('a needle in the hay');
    await keyboard.press('Enter');
    await expect(frame.locator('.find-result')).toHaveText('2 of 2');
    await keyboard.press('Shift+Enter');
    await expect(frame.locator('.find-result')).toHaveText('1 of 2');

    await keyboard.press('Alt+c');
    await expect(frame.locator('.find-result')).toHaveText('No matches');
    await keyboard.press('Alt+r');
    await input.fill('loss=1\\.99\\d+');
    await expect(frame.locator('.find-result')).toHaveText(/^\d+ lines$/);
    await editor.screenshots('logs-search', async () => {
      // Whatever opens the themes' list closes the bar, as Escape does.
      await panel.log.press('/');
      await expect(frame.locator('.find-result')).toHaveText(/^\d+ lines$/);
    });
    await input.fill('loss=(');
    await expect(frame.locator('.find-result')).toContainText('not a regular expression');
    await keyboard.press('Escape');
    await expect(input).toHaveCount(0);
    await expect(panel.log).toBeFocused();
    await expect(panel.rows.locator('.match')).toHaveCount(0);
    gate.open();
    await panel.expectState('succeeded');
    await expect(panel.rows.filter({ hasText: '50% |#####' })).toHaveCount(0);
  });

  test('shows lines by level, rank and stream, and goes to a line or a time', async ({ editor }) => {
    const gate = newGate(editor, 'filters');
    write(editor, 'filters.job.yaml', loud('filters', 3000, atGate(gate)));
    await submit(editor, 'filters.job.yaml');
    const panel = await RunPanel.inFront(editor, 'filters');
    const { frame } = panel;
    await panel.show('Logs');
    const count = frame.locator('.count');
    await expect(count).toHaveText('6,013 lines');

    const level = frame.getByRole('combobox', { name: 'Level' });
    await level.selectOption('error');
    await expect(count).toHaveText('3 lines');
    await expect
      .poll(() => panel.texts())
      .toEqual([
        '[rank2]: Traceback (most recent call last):',
        '[rank2]:   File "train.py", line 12, in <module>',
        '[rank2]: ValueError: shapes do not match',
      ]);
    await level.selectOption('warning');
    await expect(count).toHaveText('7 lines');
    await level.selectOption('none');
    const rank = frame.getByRole('combobox', { name: 'Rank' });
    await rank.selectOption('2');
    await expect(count).toHaveText('1,504 lines');
    await rank.selectOption('');
    await frame.getByRole('combobox', { name: 'Output of' }).selectOption('setup');
    await expect(count).toHaveText('4 lines');
    await editor.screenshots('logs-filters');
    await frame.getByRole('combobox', { name: 'Output of' }).selectOption('');

    await frame.getByRole('button', { name: 'Node 1' }).click();
    await panel.log.press('Control+g');
    const goTo = frame.getByRole('textbox', { name: 'Go to line or time' });
    await goTo.fill('nonsense');
    await goTo.press('Enter');
    await expect(frame.locator('#goto-result')).toContainText('Type a line such as');
    await goTo.fill('2,000');
    await goTo.press('Enter');
    await expect(frame.locator('.row-marked')).toContainText('step 1994');
    gate.open();
    await panel.expectState('succeeded');
  });

  test('takes lines out: copied, opened, and saved byte for byte', async ({ editor }) => {
    write(editor, 'take.job.yaml', loud('take', 500, 'true'));
    await submit(editor, 'take.job.yaml');
    const panel = await RunPanel.inFront(editor, 'take');
    const { frame } = panel;
    await panel.expectState('succeeded');
    await panel.show('Logs');
    await frame.getByRole('button', { name: 'Node 0' }).click();
    await expect(frame.locator('.count')).toHaveText('503 lines');
    await panel.log.press('g');
    await expect(panel.rows.first()).toContainText('Collecting torch');
    await panel.log.press('Shift+ArrowDown');
    await panel.log.press('Shift+ArrowDown');
    await expect(frame.locator('.selection-bar')).toContainText('2 lines selected');
    await editor.screenshot('logs-selection');
    await panel.log.press('Control+c');
    await expect
      .poll(() => editor.page.evaluate('navigator.clipboard.readText()'))
      .toBe('Collecting torch\nWARNING: pip is old\n');
    await panel.button('Open in Editor').click();
    await expect(editor.page.locator('.monaco-editor .view-line').first()).toContainText('Collecting');

    await editor.tab(/^take$/).click();
    await panel.button('More Log Actions…').click();
    await frame.getByRole('menuitem', { name: 'Save Log of Node 0 As…' }).click();
    const [id = ''] = jobIds(editor, 'take');
    const target = join(editor.workspace.folder, `${id}-node0.log`);
    await editor.acceptFile(new RegExp(`${id}-node0\\.log$`));
    const isWhole = () => existsSync(target) && readFileSync(target).equals(logOf(editor, id, 0));
    await expect.poll(isWhole).toBe(true);
  });
});
