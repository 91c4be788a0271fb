import type { JobOutput } from '../../core/provider';
import { bytesText, countText } from '../../core/words';
import { bringOutput } from '../../services/jobs/outputsHere';
import { CliError, exitCode } from '../exitCode';
import { findJob } from '../findJob';
import { inert } from '../printer';
import type { RunnableVerb } from '../verb';

export const outputs: RunnableVerb = {
  usage: 'outputs JOB [NAME…] [--download] [--json]',
  summary: 'List what a job left, and bring it to this computer.',
  takes: [1, Infinity],
  options: { download: { type: 'boolean' } },
  help: [
    'NAME…        only these outputs',
    '--download   bring them into the folder of the job, with which they are deleted',
    '--json       [{"name", "files": [{"path", "bytes"}], "folder"}]; no "folder" where it is not on this computer',
  ],
  async run({ host, printer, flags, positionals: [word = '', ...names], core }) {
    const opened = await core();
    const { jobs } = opened;
    const { interrupted } = host;
    const job = await findJob(opened, word, interrupted);
    const list = async () => chosen(await jobs.outputs(job.id, interrupted), names);
    let found = await list();
    if (flags.download) {
      for (const { name, folder } of found) {
        if (folder !== undefined) continue;
        const tell = (message: string) => host.err.write(`${inert(`${name}: ${message}`)}\n`);
        await bringOutput(jobs, job.id, name, tell, interrupted);
      }
      found = await list();
    }
    if (flags.json) await printer.json(found);
    else if (found.length === 0) await printer.line('This job has left no outputs.');
    else {
      const rows = found.map(({ name, files, folder }) => [
        name,
        countText(files.length, 'file'),
        bytesText(files.reduce((sum, { bytes }) => sum + bytes, 0)),
        folder ?? `on ${job.connection}: get it with --download`,
      ]);
      await printer.table([['OUTPUT', 'FILES', 'SIZE', 'WHERE'], ...rows]);
    }
    return exitCode.ok;
  },
};

function chosen(all: readonly JobOutput[], names: readonly string[]): readonly JobOutput[] {
  const missing = names.find((name) => !all.some((output) => output.name === name));
  if (missing !== undefined) {
    const there = all.map(({ name }) => name).join(', ') || 'none';
    throw new CliError(exitCode.badInput, `The job has no output "${missing}". It has: ${there}`);
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}
