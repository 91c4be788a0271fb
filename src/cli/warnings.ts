import { messageOf } from '../core/errors';
import { locate } from '../core/jobSpec/jobFile';
import type { JobSpec } from '../core/jobSpec/jobSpec';
import type { Connections } from '../services/connections';
import { problemText, type LoadedJobFile } from './jobFile';

/** What connections can't honour of a job, a line each at its place in the file, once where several say the same: nothing is ignored silently. `spec` is as it is to run there. */
export async function warnings(
  loaded: LoadedJobFile,
  spec: JobSpec,
  connections: Connections,
  ids: readonly string[],
): Promise<string[]> {
  const lines: string[] = [];
  for (const id of ids) {
    try {
      const { trainingJobs } = await connections.get(id);
      for (const { path, message } of trainingJobs?.unsupported(spec) ?? []) {
        const at = locate(loaded.text, 0, path);
        lines.push(problemText(loaded.path, { severity: 'warning', message, ...at, path: path.join('.') }));
      }
    } catch (error) {
      lines.push(messageOf(error));
    }
  }
  return [...new Set(lines)];
}
