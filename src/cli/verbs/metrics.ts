import { withoutAnsi } from '../../core/ansi';
import { hasEnded } from '../../core/trainingJob';
import { bytesText } from '../../core/words';
import { Disposables } from '../../lib/disposables';
import { wholeLogs } from '../../services/logStore/wholeLogs';
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
    const job = await findJob(opened, word, host.interrupted);
    const held = new Disposables();
    try {
      if (hasEnded(job.state)) await wholeLogs(opened.logs, job, held, host.interrupted);
      const run = held.add(await opened.metrics.open(job));
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
      held.dispose();
    }
    return exitCode.ok;
  },
};

/** `31 GB`, `4.2 MB/s`, `97 %`, `0.2071`. */
function valueText(value: number, unit: string): string {
  if (unit === 'B' || unit === 'B/s') return `${bytesText(value)}${unit.slice(1)}`;
  return `${Number(value.toPrecision(4))}${unit && ` ${unit}`}`;
}
