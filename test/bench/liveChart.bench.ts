import type { Frame, Page } from '@playwright/test';
import { chartJsPage } from './chartJsPage';
import { watchFrames, type Frames } from './frames';
import { panelPage, percentile } from './panelPage';
import { cpuSeconds, descendants } from './processTime';
import type { Bench } from './row';
import { Editor } from '../e2e/harness/editor';
import { atGate, cliSubmit, newGate, write } from '../e2e/harness/jobs';
import { colouredPixels, RunPanel } from '../e2e/harness/runPanel';
import { newWorkspace } from '../e2e/harness/workspace';

const points = 1_000_000;
const lines = 8;
const seconds = 20;
/** What of the job has to be read before its last hundred thousandth of points is in sight. */
const patience = { timeout: 300_000 };

/** One chart with eight lines: a quantity on so many kinds of data. A million of each, then one of each ten times a second. */
const job = (gate: string) => `
run: |
  ${gate}
  python3 - <<'PYTHON'
  import json, math, random, sys, time
  names = ["loss"] + [kind + "_loss" for kind in ("train", "training", "val", "valid", "validation", "test", "eval")]
  start = int(time.time() * 1000) - ${points} * 100
  def line(i):
      noise = random.random() / 20
      values = ",".join('"%s":%.4f' % (name, math.exp(-i / ${points}) + at / 10 + noise) for at, name in enumerate(names))
      return '##trainyard {"v":1,"kind":"metric","t":%d,"step":%d,"metrics":{%s}}\\n' % (start + i * 100, i, values)
  for i in range(${points}):
      sys.stdout.write(line(i))
  sys.stdout.flush()
  i = ${points}
  while True:
      time.sleep(0.1)
      sys.stdout.write(line(i))
      sys.stdout.flush()
      i += 1
  PYTHON
`;

interface Measured extends Frames {
  /** Seconds of processor time for each update of the chart, above those of the same window before the chart was there. */
  readonly cpu: number;
  readonly updates: number;
}

/**
 * A chart of eight lines with a million points each that grows ten times a second: in the real panel of the real editor,
 * the extension host's work included, against a page with nothing but Chart.js in the same browser.
 */
export const bench: Bench = async () => {
  const workspace = newWorkspace();
  const editor = await Editor.start(workspace);
  try {
    const gate = newGate(editor, 'live');
    write(editor, 'live.job.yaml', `name: live\n${job(atGate(gate))}`);
    await cliSubmit(editor, 'live.job.yaml');
    const panel = await RunPanel.open(editor, 'live');
    await panel.show('Metrics');
    const host = await editor.extensionHostPid();
    const empty = await panelPage(editor.page, 'metrics-tab');
    const quiet = await cpuWhile([host], () => empty.evaluate(watchFrames, seconds));
    gate.open();
    const chart = panel.chart('loss');
    await chart.locator('canvas').waitFor(patience);
    const frame = await panelPage(editor.page, 'metric-chart');
    const table = panel.frame.locator('vscode-checkbox[label="Table"]');
    await table.click();
    await untilLive(frame);
    await table.click();
    await chart.locator('canvas').waitFor();
    const ours = await measured(frame, [host], quiet, () => frame.evaluate(countUpdates, seconds));
    if ((await colouredPixels(chart)) === 0) throw new Error('The chart is empty.');
    const peer = await chartJs(editor.page);
    return rows(ours, peer, quiet);
  } finally {
    await editor.stop();
    workspace.delete();
  }
};

function rows(ours: Measured, peer: Measured, quiet: number): Awaited<ReturnType<Bench>> {
  const words = ({ work, updates }: Measured) =>
    `${updates} updates in ${seconds} s, p95 of a frame’s own work ${percentile(work, 0.95).toFixed(1)} ms`;
  return [
    {
      number: 8,
      metric: 'live chart, 8 × 1 M points at 10 Hz: p95 from frame to frame',
      ours: percentile(ours.between, 0.95),
      unit: 'ms',
      peer: {
        name: `Chart.js ${percentile(peer.between, 0.95).toFixed(0)} ms`,
        value: percentile(peer.between, 0.95),
      },
      limit: 'a screen’s 16.7 ms',
      target: { atMost: 16.7 },
      note: `ours: ${words(ours)}; Chart.js with its decimation: ${words(peer)}`,
    },
    {
      number: 8,
      metric: 'live chart: CPU an update, browser and extension host',
      ours: ours.cpu * 1000,
      unit: 'ms',
      peer: { name: `Chart.js ${(peer.cpu * 1000).toFixed(0)} ms`, value: peer.cpu * 1000 },
      target: { atMost: peer.cpu * 250 },
      note: `target: a quarter of Chart.js’s; above what the window costs with its frames watched and no chart (${quiet.toFixed(1)} s in ${seconds} s for the editor)`,
    },
  ];
}

async function measured(
  page: Frame | Page,
  more: readonly number[],
  quiet: number,
  updates: () => Promise<number>,
): Promise<Measured> {
  let found: { frames: Frames; count: number } | undefined;
  const cpu = await cpuWhile(more, async () => {
    const [frames, count] = await Promise.all([page.evaluate(watchFrames, seconds), updates()]);
    found = { frames, count };
  });
  if (!found) throw new Error('Nothing was measured.');
  return { ...found.frames, updates: found.count, cpu: (cpu - quiet) / found.count };
}

/** Seconds of processor time of the browser and of `more` while `work` goes on. */
async function cpuWhile(more: readonly number[], work: () => Promise<unknown>): Promise<number> {
  const pids = [...descendants(process.pid, 'chrom'), ...more];
  const before = cpuSeconds(pids);
  await work();
  return cpuSeconds(pids) - before;
}

async function chartJs(beside: Page): Promise<Measured> {
  const context = beside.context();
  // Nothing of the editor's window is to be counted.
  await beside.goto('about:blank');
  const page = await context.newPage();
  await page.setContent(await chartJsPage());
  const quiet = await cpuWhile([], () => page.evaluate(watchFrames, seconds));
  await page.evaluate(
    ([count, series, start]) => {
      (globalThis as unknown as PeerPage).begin(count, series, start);
    },
    [points, lines, Date.now() - points * 100] as const,
  );
  const updates = () => page.evaluate(() => (globalThis as unknown as PeerPage).updates);
  return measured(page, [], quiet, async () => {
    const before = await updates();
    await page.waitForTimeout(seconds * 1000);
    return (await updates()) - before;
  });
}

interface PeerPage {
  readonly updates: number;
  begin(points: number, series: number, start: number): void;
}

/** The frame in which the panel's own page lives. */
/** The whole past is read once the table's newest row has a step behind it. */
async function untilLive(frame: Frame): Promise<void> {
  await frame.waitForFunction(
    (last) => {
      const page = globalThis as unknown as LivePage;
      const label = page.document.querySelector('chart-table tbody td')?.textContent ?? '';
      return Number(label) >= last;
    },
    points,
    patience,
  );
}

interface LivePage {
  readonly document: { querySelector(selector: string): { readonly textContent: string | null } | null };
}

/** Runs in the page: how often the chart's newest values changed. */
async function countUpdates(seconds: number): Promise<number> {
  const page = globalThis as unknown as ObservedPage;
  let updates = 0;
  const observer = new page.MutationObserver(() => updates++);
  const legend = page.document.querySelector('metric-chart .legend');
  observer.observe(legend, { subtree: true, characterData: true, childList: true });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  observer.disconnect();
  return updates;
}

interface ObservedPage {
  readonly document: { querySelector(selector: string): unknown };
  readonly MutationObserver: new (listener: () => void) => {
    observe(target: unknown, options: object): void;
    disconnect(): void;
  };
}
