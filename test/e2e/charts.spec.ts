import type { Locator } from '@playwright/test';
import type { Editor } from './harness/editor';
import { atGate, newGate, submit, write } from './harness/jobs';
import { colouredPixels, RunPanel } from './harness/runPanel';
import { expect, test } from './harness/test';

/**
 * An hour of a run as its nodes would have told it: a loss by step that goes back once to a checkpoint, and what GPUs and
 * cores did. The last line says that it is all there.
 */
const told = (gpus: number, cores = 0) => `python3 - <<'PYTHON'
import json, math, os, random, time
node = int(os.environ["SKYPILOT_NODE_RANK"])
random.seed(node)
start = int(time.time() * 1000) - 3_600_000
def say(t, kind, **more):
    print("##trainyard " + json.dumps({"v": 1, "t": start + t, "node": node, "kind": kind, **more}))
say(0, "phase", phase="setup", state="start")
say(300_000, "phase", phase="setup", state="end")
say(300_000, "phase", phase="run", state="start")
for second in range(0, 3600, 5):
    for gpu in range(${gpus}):
        util = 0 if second < 310 or 2000 < second < 2200 else 88 + 6 * math.sin(second / 90 + gpu) + random.uniform(-4, 4)
        say(second * 1000, "gpu", gpu=gpu, name="H100", util=round(util, 1), memUsed=6e10 + gpu * 1e9, memTotal=8e10,
            power=round(300 + 4 * util), powerLimit=700, temp=round(40 + util / 3))
    if ${cores}:
        say(second * 1000, "host", cpu=40, cores=[round(random.uniform(5, 95)) for _ in range(${cores})])
step = 0
for second in range(310, 3600, 2):
    if second == 2200:
        step = 700
    if 2000 <= second < 2200:
        continue
    step += 1
    say(second * 1000, "metric", step=step, metrics={"loss": 2.5 * math.exp(-step / 500) + random.uniform(0, 0.1), "accuracy": 1 - math.exp(-step / 600)})
    if step % 350 == 0:
        say(second * 1000, "phase", phase="checkpoint", path=f"ck/{step}.pt")
say(1_200_000, "guard", rule="idle_gpu", action="warn", reason="GPUs idle for 3 m: the job stops in 10 m")
print("all told", flush=True)
PYTHON`;

async function opened(editor: Editor, name: string, nodes: number, script: string): Promise<RunPanel> {
  const gate = newGate(editor, name);
  const run = `${script}\n${atGate(gate)}`.replaceAll('\n', '\n  ');
  write(editor, `${name}.job.yaml`, `name: ${name}\nnum_nodes: ${nodes}\nrun: |\n  ${run}\n`);
  await submit(editor, `${name}.job.yaml`);
  const panel = await RunPanel.inFront(editor, name);
  await panel.show('Metrics');
  await expect.poll(() => colouredPixels(panel.chart('GPU use'))).toBeGreaterThan(200);
  gate.open();
  await panel.expectState('succeeded');
  return panel;
}

const placed = (chart: Locator) => chart.locator('.legend-time');

/** Points at a chart, in shares of its plot's width; a window that was just resized lays its panel out first. */
async function pointAt(editor: Editor, chart: Locator, share: number): Promise<void> {
  await expect(async () => {
    const box = await chart.locator('.u-over').boundingBox();
    if (!box) throw new Error('The chart is not drawn.');
    await editor.page.mouse.move(box.x + box.width * share, box.y + box.height / 2);
  }).toPass();
}

test.describe('the charts', () => {
  test('share cursor, zoom and marks, over time or steps, by mouse and by keyboard', async ({ editor }) => {
    const panel = await opened(editor, 'charted', 2, told(4));
    const { frame } = panel;
    const { mouse, keyboard } = editor.page;
    const loss = panel.chart('loss');
    const gpu = panel.chart('GPU use');
    const zoom = frame.locator('.chip.zoom');

    await expect(loss.locator('.chart-mark-restart .codicon')).toHaveAttribute('title', /back at step 701/);
    await expect(gpu.locator('.chart-mark-run, .chart-mark-setup')).not.toHaveCount(0);
    await expect(loss.locator('.chart-mark-checkpoint')).not.toHaveCount(0);
    await expect(gpu.locator('.chart-mark-warning .codicon')).toHaveAttribute('title', /idle for 3 m/);

    await pointAt(editor, loss, 0.5);
    await expect(placed(loss)).toHaveText(/\d+:\d+:\d+/);
    await expect(placed(gpu)).toHaveText(/\d+:\d+:\d+/);

    await pointAt(editor, loss, 0.25);
    await mouse.down();
    await pointAt(editor, loss, 0.4);
    await pointAt(editor, loss, 0.5);
    await mouse.up();
    const [from, to] = /(\S+) – ([^,\s]+)/.exec(await zoom.innerText())?.slice(1) ?? [];
    // The same part of the hour in a chart of another section: its edges are those of the zoom.
    await expect(async () => {
      await pointAt(editor, gpu, 0.002);
      expect(seconds(await placed(gpu).innerText()) - seconds(from)).toBeLessThan(15);
      await pointAt(editor, gpu, 0.998);
      expect(seconds(to) - seconds(await placed(gpu).innerText())).toBeLessThan(15);
    }).toPass();
    await keyboard.press('Escape');
    await expect(zoom).toHaveCount(0);

    await panel.button('Steps').click();
    await expect(async () => {
      await pointAt(editor, loss, 0.6);
      await expect(placed(loss)).toHaveText(/^step \d+$/, { timeout: 1000 });
    }).toPass();
    await expect(placed(gpu)).toHaveText(/\d+:\d+:\d+/);
    await expect(loss.locator('.chart-mark-restart')).toHaveCount(1);

    await editor.page.mouse.move(0, 0);
    const plot = loss.locator('.plot');
    await plot.focus();
    await keyboard.press('ArrowRight');
    await keyboard.press('Shift+ArrowRight');
    const said = loss.locator('[role="status"]');
    await expect(said).toHaveText(/^step \d+: node 0 [\d.]+, node 1 [\d.]+$/);
    const before = await said.innerText();
    await keyboard.press('Shift+ArrowRight');
    await expect(said).not.toHaveText(before);
    await expect(placed(gpu)).toHaveText(/\d+:\d+:\d+/);
    await keyboard.press('+');
    await expect(zoom).toHaveText(/steps \d+ – \d+/);
    await keyboard.press('0');
    await expect(zoom).toHaveCount(0);

    await editor.page.setViewportSize({ width: 1400, height: 1500 });
    await pointAt(editor, loss, 0.7);
    await editor.screenshots('charts-gpus');
    await editor.page.setViewportSize({ width: 660, height: 1200 });
    await editor.screenshots('charts-narrow');
    await editor.page.setViewportSize({ width: 1400, height: 900 });
  });

  test('of 64 GPUs and 64 cores show their spread, and each line of one node', async ({ editor }) => {
    const panel = await opened(editor, 'many', 8, told(8, 64));
    const gpu = panel.chart('GPU use');
    await expect(gpu.locator('.legend-label')).toHaveText(['highest', 'mean', 'lowest']);
    await expect(gpu.locator('.legend-note')).toContainText('64 lines');
    await panel.chart('CPU cores').scrollIntoViewIfNeeded();
    await expect(panel.chart('CPU cores').locator('.legend-label')).toHaveText(['highest', 'mean', 'lowest']);
    await editor.page.setViewportSize({ width: 1400, height: 1500 });
    await gpu.scrollIntoViewIfNeeded();
    await editor.screenshots('charts-64-gpus');
    await panel.button('Node 3').click();
    await expect(gpu.locator('.legend-label')).toHaveText(
      Array.from({ length: 8 }, (_, i) => `GPU ${i} · node 3`),
    );
    await editor.screenshot('charts-64-gpus-one-node.dark');
    await editor.page.setViewportSize({ width: 1400, height: 900 });
  });

  test('of a panel that is hidden are gone, and asked for again where it is shown', async ({ editor }) => {
    const panel = await opened(editor, 'hidden', 1, told(1));
    await editor.openFile('hidden.job.yaml');
    // No page, no script, no question: the editor throws the page of a hidden panel away.
    await expect(editor.page.locator('iframe.webview')).toHaveCount(0);
    await editor.tab(/^hidden$/).click();
    await panel.expectTab('Metrics');
    await expect.poll(() => colouredPixels(panel.chart('GPU use'))).toBeGreaterThan(200);
  });
});

function seconds(clock = ''): number {
  const [h = NaN, m = NaN, s = NaN] = clock.split(':').map(Number);
  return (h * 60 + m) * 60 + s;
}
