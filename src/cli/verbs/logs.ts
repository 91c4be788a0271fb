import { hasEnded, type TrainingJob } from '../../core/trainingJob';
import { textFlag } from '../arguments';
import { CliError, exitCode } from '../exitCode';
import { findJob } from '../findJob';
import { merge } from '../../lib/merge';
import { nodeLines, printLine } from '../logLines';
import type { RunnableVerb } from '../verb';

export const logs: RunnableVerb = {
  usage: 'logs JOB [--follow] [--node N] [--raw] [--json]',
  summary: "Print a job's log.",
  takes: 1,
  options: {
    follow: { type: 'boolean', short: 'f' },
    node: { type: 'string' },
    raw: { type: 'boolean' },
  },
  help: [
    '--follow   go on until the job has ended',
    '--node N   only this node, counted from 0',
    '--raw      the bytes exactly as the job wrote them, node after node',
    '--json     lines {"event": "log", "node", "text"}',
  ],
  async run({ host, printer, flags, positionals: [word = ''], core }) {
    const opened = await core();
    const { logs: store } = opened;
    const job = await findJob(opened, word, host.interrupted);
    const nodes = chosenNodes(job, textFlag(flags.node));
    const follow = flags.follow === true && !hasEnded(job.state);
    if (flags.raw) {
      for (const node of nodes) {
        for await (const bytes of store.raw(job, node, { follow }, host.interrupted))
          await printer.bytes(bytes);
      }
      return exitCode.ok;
    }
    const streams = nodes.map((node) => nodeLines(store, job, node, { follow }, host.interrupted));
    const as = { json: flags.json === true, several: nodes.length > 1 };
    // Side by side only while they grow: what is already there reads better node after node.
    const sources = follow ? [merge(streams)] : streams;
    for (const source of sources) {
      for await (const line of source) await printLine(printer, line, as);
    }
    return exitCode.ok;
  },
};

function chosenNodes(job: TrainingJob, wanted: string | undefined): number[] {
  const count = job.spec.num_nodes;
  if (wanted === undefined) return Array.from({ length: count }, (_, rank) => rank);
  if (!/^\d+$/.test(wanted) || Number(wanted) >= count) {
    throw new CliError(
      exitCode.badInput,
      `--node takes a number from 0 to ${count - 1} for this job, not: ${wanted}`,
    );
  }
  return [Number(wanted)];
}
