import { withoutAnsi } from '../../core/ansi';
import { bytesText } from '../../core/words';
import { metricsDocument } from '../../services/metrics/metricsDocument';
import { exitCode } from '../exitCode';
import { findJob } from '../findJob';
import type { RunnableVerb } from '../verb';

export const metrics: RunnableVerb = {
  usage: 'metrics JOB [--json]',
  summary: "Show a job's metrics: loss and accuracy, GPUs, CPU, memory, disk, network.",
  takes: 1,
  options: {},
  help: ['--json   {"<name>": [{"t", "step", "node", "value"}]}, GPU and host series under gpu.* and host.*'],
  async run({ host, printer, flags, positionals: [word = ''], core }) {
    const opened = await core();
    const run = await opened.metrics.open(await findJob(opened, word, host.interrupted));
    try {
      await run.settled();
      const series = run.series();
      if (flags.json) {
        await printer.json(metricsDocument(run));
      } else if (series.length === 0) {
        await printer.line('This job has written no metrics yet.');
      } else {
        const rows = series.map(({ key, node, rank, unit, last, min, max, count }) => [
          withoutAnsi(key), // the job's own word
          rank === undefined ? String(node) : `${node} rank ${rank}`,
          ...[last, min, max].map((value) => valueText(value, unit)),
          String(count),
        ]);
        await printer.table([['METRIC', 'NODE', 'LAST', 'MIN', 'MAX', 'POINTS'], ...rows]);
        for (const note of run.notes()) await printer.line(note);
      }
    } finally {
      run.dispose();
    }
    return exitCode.ok;
  },
};

/** `31 GB`, `4.2 MB/s`, `97 %`, `0.2071`. */
function valueText(value: number, unit: string): string {
  if (unit === 'B' || unit === 'B/s') return `${bytesText(value)}${unit.slice(1)}`;
  return `${Number(value.toPrecision(4))}${unit && ` ${unit}`}`;
}
