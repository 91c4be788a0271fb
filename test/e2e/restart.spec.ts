import type { Editor } from './harness/editor';
import { atGate, cli, jobId, jobIds, jobRow, lens, logOf, newGate, submit, write } from './harness/jobs';
import { processesOf } from './harness/processes';
import { RunPanel } from './harness/runPanel';
import { expect, test } from './harness/test';

/** Counts on both nodes, without pause until the gate opens and then a little more. */
const counter = (name: string, gate: string) => `name: ${name}
num_nodes: 2
run: |
  i=0
  until [ -e '${gate}' ]; do i=$((i + 1)); echo "count $i"; sleep 0.1; done
  echo "count $((i + 1))"
`;

const numbers = (text: string) => [...text.matchAll(/^count (\d+)$/gm)].map((match) => Number(match[1]));

/** 1, 2, 3 … : nothing is missing, nothing came twice. */
function expectWhole(found: readonly number[]): void {
  expect(found.length).toBeGreaterThan(0);
  expect(found).toEqual(found.map((_, index) => index + 1));
}

async function written(editor: Editor, id: string, lines: number): Promise<void> {
  await expect.poll(() => numbers(logOf(editor, id, 1).toString()).length).toBeGreaterThan(lines);
}

/** All lines that the panel shows of one node, from the first to the last, once it has read this many. */
async function shownBy(panel: RunPanel, node: number, total: number): Promise<number[]> {
  await panel.button(`Node ${node}`).click();
  await panel.log.press('g');
  await expect.poll(async () => (await panel.texts())[0]).toBe('count 1');
  const count = panel.frame.locator('.count');
  await expect.poll(async () => Number((await count.innerText()).replace(/\D/g, ''))).toBe(total);
  const seen = new Set<string>();
  await expect
    .poll(
      async () => {
        for (const text of await panel.texts()) seen.add(text);
        await panel.log.press('PageDown');
        return seen.size;
      },
      { intervals: [20] },
    )
    .toBe(total);
  return numbers([...seen].join('\n'));
}

async function expectNothingLost(editor: Editor, panel: RunPanel, id: string): Promise<void> {
  const logs = [0, 1].map((node) => logOf(editor, id, node));
  for (const log of logs) expectWhole(numbers(log.toString()));
  const { out } = await cli(editor, 'logs', id, '--raw');
  expect(out.equals(Buffer.concat(logs))).toBe(true);
  for (const node of [0, 1]) {
    const total = numbers(logs[node]?.toString() ?? '').length;
    expectWhole(await shownBy(panel, node, total));
  }
}

test.describe('a job that runs', () => {
  test('is there after the window was reloaded, on the tab that was open, and nothing of its log is lost', async ({
    editor,
  }) => {
    const gate = newGate(editor, 'reload');
    write(editor, 'reload.job.yaml', counter('reload', gate.path));
    await submit(editor, 'reload.job.yaml');
    const id = await jobId(editor, 'reload');
    const panel = await RunPanel.inFront(editor, 'reload');
    await panel.show('Logs');
    await written(editor, id, 40);
    await panel.log.press('g');
    await expect.poll(async () => (await panel.texts())[0]).toBe('count 1');

    await editor.reload();
    await panel.expectTab('Logs');
    await panel.expectState('running');
    await expect(panel.button('Follow'), 'it did not follow before').toHaveAttribute('aria-pressed', 'false');
    // The same line is on top. Lines of the other node may stand before it by now, whose time has become known.
    await expect.poll(() => panel.topText()).toBe('count 1');
    await written(editor, id, numbers(logOf(editor, id, 1).toString()).length + 5);
    gate.open();
    await panel.expectState('succeeded');
    await expectNothingLost(editor, panel, id);
  });

  test('goes on when the extension host is killed, and is found again with its log whole', async ({
    editor,
  }) => {
    const gate = newGate(editor, 'killed');
    write(editor, 'killed.job.yaml', counter('killed', gate.path));
    await submit(editor, 'killed.job.yaml');
    const id = await jobId(editor, 'killed');
    const panel = await RunPanel.inFront(editor, 'killed');
    await panel.show('Logs');
    await written(editor, id, 40);

    const killed = await editor.extensionHostPid();
    process.kill(killed, 'SIGKILL');
    await written(editor, id, numbers(logOf(editor, id, 1).toString()).length + 5);
    await expect.poll(() => editor.extensionHostPid()).not.toBe(killed);
    await expect(await jobRow(editor, 'killed')).toContainText('2 nodes');
    await editor.clear();
    const again = await RunPanel.open(editor, 'killed');
    await again.expectState('running');
    gate.open();
    await again.expectState('succeeded');
    await again.show('Logs');
    await expectNothingLost(editor, again, id);
  });

  test('exists once or not at all when the extension host is killed while it is submitted', async ({
    editor,
  }) => {
    const gate = newGate(editor, 'torn');
    write(editor, 'torn.job.yaml', `name: torn\nnum_nodes: 2\nrun: |\n  ${atGate(gate)}\n  echo done\n`);
    await editor.showTrainyard();
    await editor.openFile('torn.job.yaml');
    await lens(editor, 'Submit to local').click();
    await expect(editor.dialog('Submit torn to local?')).toBeVisible();
    const killed = await editor.extensionHostPid();
    await editor.page.keyboard.press('Enter');
    await expect.poll(() => jobIds(editor, 'torn').length, { intervals: [5] }).toBeGreaterThan(0);
    process.kill(killed, 'SIGKILL');

    await expect.poll(() => editor.extensionHostPid()).not.toBe(killed);
    gate.open();
    await expect
      .poll(async () => {
        const { out } = await cli(editor, 'jobs', '--json');
        const jobs = (JSON.parse(out.toString()) as { name: string; state: string }[]).filter(
          ({ name }) => name === 'torn',
        );
        return jobs.length <= 1 && jobs.every(({ state }) => ['succeeded', 'failed'].includes(state));
      })
      .toBe(true);
    for (const id of jobIds(editor, 'torn')) await expect.poll(() => processesOf(id)).toEqual([]);
    expect(jobIds(editor, 'torn').length).toBeLessThanOrEqual(1);
  });
});
