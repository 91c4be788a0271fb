import { monitorEventLoopDelay } from 'node:perf_hooks';
import { submit, withCore } from './benchCore';
import type { Bench } from './row';

/** Two nodes: 60 MB of log each as fast as it goes, among it 20,000 points of metrics. */
const job = `
num_nodes: 2
run: |
  awk 'BEGIN {
    for (i = 0; i < 600000; i++) {
      print "step " i " of a log line that is about a hundred bytes long, as those of training scripts often are today"
      if (i % 60 == 0) print "##trainyard {\\"v\\":1,\\"kind\\":\\"metric\\",\\"step\\":" i ",\\"metrics\\":{\\"loss\\":" 1 / (i + 1) "}}"
    }
  }'
`;

/** How long the host's event loop is held while it follows the logs and the metrics of a loud job. */
export const bench: Bench = () =>
  withCore(async (core) => {
    const running = await submit(core, job);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const readers = await Promise.all([0, 1].map((node) => core.logs.open(running, node)));
    const metrics = await core.metrics.open(running);
    // What a panel does: the last rows and the curves, whenever there is more.
    const subscriptions = [
      ...readers.map((reader) =>
        reader.onDidGrow(() => void reader.lines(Math.max(0, reader.lineCount() - 200), 200)),
      ),
      metrics.onDidChange(() => {
        for (const { key, node, count } of metrics.series())
          metrics.read(key, node, Math.max(0, count - 2000));
      }),
    ];
    await core.jobs.ended(running.id, new AbortController().signal);
    await Promise.all([...readers.map((reader) => reader.settled()), metrics.settled()]);
    delay.disable();
    const lines = readers.reduce((sum, reader) => sum + reader.lineCount(), 0);
    for (const item of [...subscriptions, ...readers, metrics]) item.dispose();
    const note = `two nodes write ${lines.toLocaleString('en-US')} lines as fast as they can, all followed, with their metrics, in Node ${process.versions.node} outside the editor`;
    return [
      {
        number: 12,
        metric: 'host stall, p99',
        ours: delay.percentile(99) / 1e6,
        unit: 'ms',
        target: { atMost: 10 },
        note,
      },
      { number: 12, metric: 'host stall, max', ours: delay.max / 1e6, unit: 'ms', target: { atMost: 50 } },
    ];
  });
