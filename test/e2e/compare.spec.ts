import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ComparePanel } from './harness/comparePanel';
import { Editor } from './harness/editor';
import { atGate, cli, cliSubmit, jobRow, newGate, write } from './harness/jobs';
import { writePastJobs, sweep } from '../fakes/pastJobs';
import { colouredPixels } from './harness/runPanel';
import { expect, test } from './harness/test';
import { newWorkspace } from './harness/workspace';

/** A training in three steps whose loss follows from its learning rate. */
const training = (lr: string, more = '') => `name: fit-${lr.replace('.', '-')}
envs: { DATA: moons, API_TOKEN: hunter2 }
run: |
  for i in 1 2 3; do
    echo "{\\"step\\": $i, \\"loss\\": $((4 - i)).${lr.slice(2)}, \\"accuracy\\": 0.$((i + 5))}"
  done
  true --epochs 3
  python3 -c 'pass' --lr ${lr} --optimizer=adam
  ${more}
`;

test.describe('comparing jobs', () => {
  test('shows parameters beside metrics, sorts, filters, stars, overlays and tells the difference', async ({
    editor,
  }) => {
    const gate = newGate(editor, 'fit');
    for (const [lr, more] of [
      ['0.1', ''],
      ['0.2', ''],
      ['0.3', atGate(gate)],
    ] as const) {
      write(editor, `fit-${lr}.job.yaml`, training(lr, more));
      await cliSubmit(editor, `fit-${lr}.job.yaml`);
    }
    await jobRow(editor, 'fit-0-3');
    const panel = await ComparePanel.open(editor);
    const { keyboard } = editor.page;
    await panel.filter('fit-');
    await expect(panel.rows()).toHaveCount(3);
    await expect.poll(() => panel.column('lr')).toEqual(['0.3', '0.2', '0.1']);
    // The running one too.
    await expect.poll(() => panel.column('loss (lowest)')).toEqual(['1.3', '1.2', '1.1']);
    await expect(panel.head('DATA')).toHaveCount(0);
    await panel.button(/equal columns? hidden/).click();
    await expect(panel.head('DATA')).toBeVisible();
    await expect(panel.frame.locator('body')).not.toContainText('hunter2');
    await panel.button(/equal columns? shown/).click();

    await panel.head('lr').click();
    await expect(panel.head('lr')).toHaveAttribute('aria-sort', 'ascending');
    await expect.poll(() => panel.column('lr')).toEqual(['0.1', '0.2', '0.3']);

    await panel.filter('fit- lr>=0.2');
    await expect(panel.rows()).toHaveCount(2);
    await panel.filter('fit- lrr>=0.2');
    await expect(panel.frame.locator('#filter-problem')).toContainText('no column “lrr”. Did you mean “lr”?');
    await panel.filter('fit-');

    // By keyboard: to the first row, checked; to the second, checked and starred.
    await panel.grid.focus();
    await keyboard.press('ArrowDown');
    await keyboard.press('Space');
    await keyboard.press('ArrowDown');
    await keyboard.press('Space');
    await keyboard.press('s');
    await expect(panel.rows('fit-0-2').getByRole('checkbox', { name: /^Star/ })).toBeChecked();
    await expect(panel.frame.getByRole('tab', { name: 'Charts (2)' })).toBeVisible();

    await panel.show(/Charts/);
    const loss = panel.frame.locator('overlay-chart', {
      has: panel.frame.getByText('loss', { exact: true }),
    });
    await expect.poll(() => colouredPixels(loss)).toBeGreaterThan(50);
    await expect(loss.locator('.legend')).toContainText('fit-0-1');
    await expect(loss.locator('.legend')).toContainText('fit-0-2');

    await panel.show(/Diff/);
    const differing = panel.frame.locator('.diff tr.differs');
    await expect(differing.filter({ hasText: 'lr' })).toContainText('0.1');
    await expect(panel.frame.locator('.diff')).not.toContainText('optimizer');
    await panel.button('Compare Job Files').click();
    await expect(editor.tab('fit-0-1 ↔ fit-0-2')).toBeVisible();
    await expect(
      editor.page.locator('.monaco-diff-editor .view-line', { hasText: /--lr\s0\.2/ }),
    ).toBeVisible();

    // What was filtered, sorted and checked is there again.
    await editor.tab('Compare Jobs').click();
    await expect(panel.frame.locator('.diff tr.differs').first()).toBeVisible();
    await panel.show(/Table/);
    await expect(panel.head('lr')).toHaveAttribute('aria-sort', 'ascending');
    await expect(panel.rows()).toHaveCount(3);
    gate.open();
    await expect(panel.rows('fit-0-3').locator('.state')).toHaveText(/succeeded/);

    const file = join(editor.workspace.folder, 'runs.csv');
    await panel.button('Export CSV…').click();
    await editor.acceptFile(/runs\.csv$/);
    await expect.poll(() => existsSync(file)).toBe(true);
    await expect(panel.frame.locator('.notice-line')).toHaveText('3 runs written to runs.csv.');
    const lines = readFileSync(file, 'utf8').split('\r\n');
    expect(lines[0]).toContain('Duration (s),Cost (USD)');
    expect(lines[0]).toContain('loss (lowest)');
    expect(lines.slice(1, 4).map((line) => line.split(',')[1])).toEqual(['fit-0-1', 'fit-0-2', 'fit-0-3']);
  });
});

test.describe('comparing many jobs', () => {
  test('500 runs are one table, whose logs are read once', async () => {
    const workspace = newWorkspace();
    const ids = await writePastJobs(workspace.home, sweep(500, Date.now() - 3_600_000));
    const editor = await Editor.start(workspace);
    try {
      await editor.showTrainyard();
      const panel = await ComparePanel.open(editor);
      await panel.settled('500 runs');
      // Only the rows in sight are drawn.
      expect(await panel.rows().count()).toBeLessThan(80);
      await expect(panel.grid).toHaveAttribute('aria-rowcount', '501');

      await panel.filter('lr>=0.003 name:vit accuracy>0.5 gpu-hours<10');
      await expect(panel.status).toHaveText(/^\d+ of 500 runs$/);
      for (const lr of await panel.column('lr')) expect(Number(lr)).toBeGreaterThanOrEqual(0.003);
      await panel.filter('');
      await panel.head('loss (lowest)').click();
      const losses = (await panel.column('loss (lowest)')).map(Number);
      expect(losses).toEqual([...losses].sort((a, b) => a - b));
      await panel.grid.focus();
      await editor.page.keyboard.press('Control+End');
      await expect(panel.grid.locator('tr[aria-rowindex="501"]')).toBeVisible();
      await editor.page.keyboard.press('Control+Home');
      const times = await paint(panel);
      console.log(`500 runs, in the page: ${JSON.stringify(times)}`);

      // The next start has nothing left to read.
      await editor.restart();
      const again = await ComparePanel.open(editor);
      await again.settled('500 runs');
      const { out } = await cli(editor, 'jobs', '--json');
      expect((JSON.parse(out.toString()) as unknown[]).length).toBe(ids.length);
    } finally {
      await editor.stop();
      workspace.delete();
    }
  });
});

/** Milliseconds from the change to the drawn and laid out page: of a filter, of a sort. */
async function paint(panel: ComparePanel): Promise<Record<string, number>> {
  return panel.frame.locator('compare-panel').evaluate(async (page) => {
    const root = page as unknown as Page;
    const measure = async (change: () => void) => {
      const all: number[] = [];
      for (let i = 0; i < 9; i++) {
        const from = performance.now();
        change();
        await root.updateComplete;
        await (root.querySelector('table-tab') as unknown as Page).updateComplete;
        await (root.querySelector('run-table') as unknown as Page).updateComplete;
        root.querySelector('.grid')?.getBoundingClientRect();
        all.push(performance.now() - from);
      }
      all.sort((a, b) => a - b);
      return Math.round((all[4] ?? 0) * 10) / 10;
    };
    const input = root.querySelector('.filter') as unknown as {
      value: string;
      dispatchEvent(event: Event): void;
    };
    let flip = false;
    const filter = await measure(() => {
      flip = !flip;
      input.value = flip ? 'vit' : '';
      input.dispatchEvent(new Event('input', { bubbles: true }));
    });
    const sort = await measure(() => {
      root.querySelector('.head-6')?.click();
    });
    return { filter, sort };
  });
}

/** What is used here of the page's own types, which these files, being Node's, do not know. */
interface Page {
  readonly updateComplete: Promise<unknown>;
  getBoundingClientRect(): unknown;
  querySelector(selector: string): Page | null;
  click(): void;
}
