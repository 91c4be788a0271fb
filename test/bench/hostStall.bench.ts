import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { ChartMaker } from '../../src/ui/panels/chartData';
import type { RunMetrics } from '../../src/services/metrics/runMetrics';
import { submit, withCore } from './benchCore';
import type { Bench } from './row';

/** Two nodes: 60 MB of log each as fast as it goes, among it 80,000 points of metrics. */
const job = `
num_nodes: 2
run: |
  awk 'BEGIN {
    for (i = 0; i < 600000; i++) {
      print "step " i " of a log line that is about a hundred bytes long, as those of training scripts often are today"
      if (i % 60 == 0) print "##trainyard {\\"v\\":1,\\"kind\\":\\"metric\\",\\"step\\":" i ",\\"metrics\\":{\\"loss\\":" 1 / (i + 1) ",\\"lr\\":1,\\"grad\\":" i % 7 ",\\"acc\\":" i "}}"
    }
  }'
`;

/** A million points of eight series, told as fast as they can be written: bench 8's history. */
const points = `
run: |
  awk 'BEGIN {
    for (i = 0; i < 1000000; i++)
      printf "##trainyard {\\"v\\":1,\\"kind\\":\\"metric\\",\\"t\\":%d,\\"step\\":%d,\\"metrics\\":{\\"a\\":%d,\\"b\\":1,\\"c\\":2,\\"d\\":3,\\"e\\":4,\\"f\\":5,\\"g\\":6,\\"h\\":7}}\\n", 1700000000000 + i * 100, i, i % 977
  }'
`;

/** How long the host's event loop is held while it follows what loud jobs write and serves the charts that show it. */
export const bench: Bench = () =>
  withCore(async (core) => {
    const logs = await stall(async () => {
      const running = await submit(core, job);
      const readers = await Promise.all([0, 1].map((node) => core.logs.open(running, node)));
      const metrics = await core.metrics.open(running);
      const subscriptions = [
        // What a panel does: the last rows and the curves, whenever there is more.
        ...readers.map((reader) =>
          reader.onDidGrow(() => void reader.lines(Math.max(0, reader.lineCount() - 200), 200)),
        ),
        serveCharts(metrics),
      ];
      await core.jobs.ended(running.id, new AbortController().signal);
      await Promise.all([...readers.map((reader) => reader.settled()), metrics.settled()]);
      const lines = readers.reduce((sum, reader) => sum + reader.lineCount(), 0);
      for (const item of [...subscriptions, ...readers, metrics]) item.dispose();
      return `two nodes write ${lines.toLocaleString('en-US')} lines as fast as they can, all followed, with their metrics`;
    });
    const curves = await stall(async () => {
      const running = await submit(core, points);
      const metrics = await core.metrics.open(running);
      const charts = serveCharts(metrics);
      await core.jobs.ended(running.id, new AbortController().signal);
      await metrics.settled();
      const count = metrics.series().reduce((sum, series) => sum + series.count, 0);
      charts.dispose();
      metrics.dispose();
      return `${count.toLocaleString('en-US')} points of metrics told as fast as they can be written, with their charts`;
    });
    return [...rows('logs and metrics', logs), ...rows('metrics', curves)];
  });

/** As a panel asks for them: each chart at most ten times a second, in 500 columns. */
function serveCharts(metrics: RunMetrics): { dispose(): void } {
  const maker = new ChartMaker();
  let due = false;
  const timer = setInterval(() => {
    if (!due) return;
    due = false;
    for (const { key, node, rank } of metrics.series()) {
      const series = metrics.find(key, node, rank);
      const view = { id: key, node, axis: 'time', range: null, by: 'time', smoothing: 0 } as const;
      if (series)
        maker.data({ ...view, columns: 500, lines: 16, held: null }, [
          { member: { key, label: key, colour: 0 }, series },
        ]);
    }
  }, 100);
  const subscription = metrics.onDidChange(() => {
    due = true;
  });
  return {
    dispose() {
      clearInterval(timer);
      subscription.dispose();
    },
  };
}

/** Milliseconds. */
interface Delay {
  readonly p99: number;
  readonly max: number;
}

interface Stall extends Delay {
  readonly what: string;
  /** Of a thread that does nothing meanwhile: how long this machine lets any thread wait. */
  readonly idle: Delay;
}

async function stall(work: () => Promise<string>): Promise<Stall> {
  const idle = new Worker(idler, { eval: true });
  await once(idle, 'online');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const what = await work();
  delay.disable();
  idle.postMessage('end');
  const [other] = (await once(idle, 'message')) as [Delay];
  return { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6, what, idle: other };
}

const idler = `
const { parentPort } = require('node:worker_threads');
const delay = require('node:perf_hooks').monitorEventLoopDelay({ resolution: 1 });
delay.enable();
parentPort.once('message', () => {
  parentPort.postMessage({ p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 });
});
`;

function rows(of: string, { p99, max, what, idle }: Stall): Awaited<ReturnType<Bench>> {
  const note = `${what}, in Node ${process.versions.node} outside the editor; a thread that did nothing meanwhile waited ${idle.p99.toFixed(1)} and ${idle.max.toFixed(1)} ms`;
  return [
    { number: 12, metric: `host stall (${of}), p99`, ours: p99, unit: 'ms', target: { atMost: 10 }, note },
    { number: 12, metric: `host stall (${of}), max`, ours: max, unit: 'ms', target: { atMost: 50 } },
  ];
}
