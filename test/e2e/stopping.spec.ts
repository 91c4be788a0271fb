import type { Editor } from './harness/editor';
import { jobId, logOf, stopFromRow, submit, write } from './harness/jobs';
import { processesOf } from './harness/processes';
import { RunPanel } from './harness/runPanel';
import { expect, test } from './harness/test';

/** On each of two nodes a child, one that left its session, and one that lost its parents. */
const family = (name: string) => `name: ${name}
num_nodes: 2
run: |
  trap 'echo saved; exit 0' TERM
  sleep 601 &
  setsid sleep 602 &
  sh -c 'setsid nohup sh -c "sleep 603; :" >/dev/null 2>&1 &'
  echo ready
  wait
`;

/** Each of the three on both nodes, and the script that started them. */
const fewest = 8;

async function running(editor: Editor, name: string): Promise<string> {
  write(editor, `${name}.job.yaml`, family(name));
  await submit(editor, `${name}.job.yaml`);
  const id = await jobId(editor, name);
  for (const node of [0, 1]) {
    await expect.poll(() => logOf(editor, id, node).toString()).toContain('ready');
  }
  await expect.poll(() => processesOf(id).length).toBeGreaterThanOrEqual(fewest);
  return id;
}

async function expectGone(editor: Editor, id: string): Promise<void> {
  await expect.poll(() => processesOf(id)).toEqual([]);
  for (const node of [0, 1]) expect(logOf(editor, id, node).toString()).toContain('saved');
}

test.describe('a job that is stopped', () => {
  test('from its row ends with all its processes, after it could save its work', async ({ editor }) => {
    const id = await running(editor, 'family-row');
    await stopFromRow(editor, 'family-row');
    await expect(editor.rows('Jobs', /family-row.*stopped/)).toBeVisible();
    await expectGone(editor, id);
  });

  test('from its panel ends with all its processes, and the panel says so', async ({ editor }) => {
    const id = await running(editor, 'family-panel');
    const panel = await RunPanel.inFront(editor, 'family-panel');
    await panel.expectState('running');
    await panel.frame.getByText('Stop', { exact: true }).click();
    await panel.expectState('stopped');
    await expectGone(editor, id);
    await expect(panel.frame.locator('.notice')).toContainText('Stopped from the editor');
    await expect(panel.frame.locator('failure-card')).toHaveCount(0);
  });
});
