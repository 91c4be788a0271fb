import { Editor } from '../e2e/harness/editor';
import { cli, cliSubmit, write } from '../e2e/harness/jobs';
import { RunPanel } from '../e2e/harness/runPanel';
import { newWorkspace } from '../e2e/harness/workspace';
import { panelPage, percentile } from './panelPage';
import type { Bench, Row } from './row';

const seconds = 10;
const loads = [
  { nodes: 1, perSecond: 50 },
  { nodes: 1, perSecond: 2000 },
  { nodes: 8, perSecond: 2000 },
  { nodes: 64, perSecond: 2000 },
];

/** From a line's writing to its row on the screen, and whether any line is missing, in the real panel of the real editor. */
export const bench: Bench = async () => {
  const workspace = newWorkspace();
  const editor = await Editor.start(workspace);
  try {
    const rows: Row[] = [];
    for (const load of loads) rows.push(await measured(editor, load));
    return rows;
  } finally {
    await editor.stop();
    workspace.delete();
  }
};

/** Every node writes its part of the lines, each with the unix milliseconds at which it was written. */
const job = (name: string, nodes: number, perSecond: number) => `name: ${name}
num_nodes: ${nodes}
run: |
  python3 -u - <<'PYTHON'
  import sys, time
  every = ${nodes / perSecond}
  start = time.time()
  for i in range(int(${seconds} / every)):
      wait = start + i * every - time.time()
      if wait > 0: time.sleep(wait)
      sys.stdout.write("line %d written at %d\\n" % (i, time.time() * 1000))
      sys.stdout.flush()
  PYTHON
`;

async function measured(
  editor: Editor,
  { nodes, perSecond }: { nodes: number; perSecond: number },
): Promise<Row> {
  const name = `tail-${nodes}-${perSecond}`;
  write(editor, `${name}.job.yaml`, job(name, nodes, perSecond));
  const id = await cliSubmit(editor, `${name}.job.yaml`);
  const panel = await RunPanel.open(editor, name);
  await panel.show('Logs');
  const page = await panelPage(editor.page, 'log-list');
  const delays = await page.evaluate(watchDelays, seconds - 2);
  await panel.expectState('succeeded', 120_000);
  const written = Math.floor(seconds / (nodes / perSecond)) * nodes;
  await panel.frame
    .locator('.count', { hasText: `${written.toLocaleString('en-US')} lines` })
    .waitFor({ timeout: 60_000 });
  const { out } = await cli(editor, 'logs', id, '--raw');
  const lost = written - (out.toString().match(/written at/g)?.length ?? 0);
  await editor.clear();
  return {
    number: 5,
    metric: `tail delay, ${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${perSecond} lines/s: p95`,
    ours: percentile(delays, 0.95),
    unit: 'ms',
    peer: { name: 'SageMaker SDK asks each 10 s', value: 10_000 },
    target: { atMost: 150 },
    note: `p50 ${percentile(delays, 0.5).toFixed(0)} ms over ${delays.length} looks at the newest row; ${lost} of ${written} lines lost, ${written} shown`,
  };
}

/** Runs in the page: how old the newest line is when its row is first seen, for each new one. */
async function watchDelays(forSeconds: number): Promise<number[]> {
  const page = globalThis as unknown as TailPage;
  const delays: number[] = [];
  const end = performance.now() + forSeconds * 1000;
  let newest = '';
  await new Promise<void>((resolve) => {
    const look = () => {
      const rows = page.document.querySelectorAll('log-list .row-text');
      const text = rows[rows.length - 1]?.textContent ?? '';
      const at = Number(/written at (\d+)/.exec(text)?.[1]);
      if (at > 0 && text !== newest) delays.push(Date.now() - at);
      newest = text;
      if (performance.now() < end) page.requestAnimationFrame(look);
      else resolve();
    };
    look();
  });
  return delays;
}

interface TailPage {
  readonly document: {
    querySelectorAll(selector: string): ArrayLike<{ readonly textContent: string | null }>;
  };
  requestAnimationFrame(callback: () => void): void;
}
