import { exitCode } from '../exitCode';
import type { RunnableVerb } from '../verb';
import { loadJobFile, problemText } from '../jobFile';
import { countText } from '../../core/words';

export const validate: RunnableVerb = {
  usage: 'validate FILE [--env NAME[=VALUE]]… [--secret NAME]… [--json]',
  summary: 'Check a job file and show what is wrong, with line and column.',
  takes: 1,
  options: { env: { type: 'string', multiple: true }, secret: { type: 'string', multiple: true } },
  help: [
    '--env NAME=VALUE   a value for an environment variable of the job (NAME alone takes yours)',
    '--secret NAME      a secret, taken from your environment',
    '--json             {"valid", "jobs", "problems": [{"severity", "message", "line", "column", "path"}]}',
  ],
  async run({ host, printer, flags, positionals: [name = ''] }) {
    const { file, path } = await loadJobFile(host, name, flags);
    if (flags.json) {
      const problems = file.problems.map(({ severity, message, line, column, path: field }) => ({
        severity,
        message,
        line,
        column,
        path: field,
      }));
      await printer.json({ valid: file.valid, jobs: file.jobs, problems });
    } else {
      for (const problem of file.problems) await printer.line(problemText(path, problem));
      if (file.valid) await printer.line(`Valid: ${countText(file.jobs.length, 'job')} in ${path}`);
    }
    return file.valid ? exitCode.ok : exitCode.badInput;
  },
};
