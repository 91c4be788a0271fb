import { exitCode } from '../exitCode';
import { findJob } from '../findJob';
import type { RunnableVerb } from '../verb';

export const metrics: RunnableVerb = {
  usage: 'metrics JOB [--json]',
  summary: "Show a job's metrics: loss and accuracy, GPUs, CPU, memory, disk, network.",
  takes: 1,
  options: {},
  help: ['--json   {"<name>": [{"t", "step", "node", "value"}]}, GPU and host series under gpu.* and host.*'],
  async run({ printer, flags, positionals: [word = ''], core }) {
    const { jobs, metrics: store } = await core();
    const run = await store.open(findJob(jobs, word));
    try {
      await run.settled();
      const series = run.series();
      if (flags.json) {
        const byName: Record<string, object[]> = Object.create(null) as Record<string, object[]>;
        for (const { key, node, rank } of series) {
          const { t, step, value } = run.read(key, node, 0, rank);
          const points = (byName[key] ??= []);
          for (let i = 0; i < t.length; i++) {
            const at = step[i];
            points.push({
              t: t[i],
              step: at === undefined || Number.isNaN(at) ? null : at,
              node,
              value: value[i],
            });
          }
        }
        await printer.json(byName);
      } else if (series.length === 0) {
        await printer.line('This job has written no metrics yet.');
      } else {
        const rows = series.map(({ key, node, unit, last, min, max, count }) => [
          key,
          String(node),
          ...[last, min, max].map((value) => `${Number(value.toPrecision(4))}${unit && ` ${unit}`}`),
          String(count),
        ]);
        await printer.table([['METRIC', 'NODE', 'LAST', 'MIN', 'MAX', 'POINTS'], ...rows]);
      }
    } finally {
      run.dispose();
    }
    return exitCode.ok;
  },
};
