import { hasEnded } from '../../core/trainingJob';
import { exitCode } from '../exitCode';
import { findJob } from '../findJob';
import type { RunnableVerb } from '../verb';

export const stop: RunnableVerb = {
  usage: 'stop JOB [--json]',
  summary: 'Stop a job: it gets its chance to checkpoint, then every process of it ends.',
  takes: 1,
  options: {},
  help: ['--json   {"id", "state"} once the job has ended'],
  async run({ host, printer, flags, positionals: [word = ''], core }) {
    const opened = await core();
    const { jobs } = opened;
    const job = await findJob(opened, word, host.interrupted);
    if (!hasEnded(job.state)) {
      if (!flags.json) await printer.line(`Stopping ${job.id}…`);
      await jobs.stop(job.id, 'Stopped from the command line.', host.interrupted);
    }
    const end = await jobs.ended(job.id, host.interrupted);
    if (flags.json) await printer.json({ id: end.id, state: end.state });
    else await printer.line(`${end.id} ${end.state}${end.exit ? `: ${end.exit.reason}` : ''}`);
    return exitCode.ok;
  },
};
