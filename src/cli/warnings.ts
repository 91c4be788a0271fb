import { locate } from '../core/jobSpec/jobFile';
import type { Connections } from '../services/connections';
import { problemText, type LoadedJobFile } from './jobFile';

/** What the connections that could take the job can't honour of its file: nothing is ignored silently. */
export async function warnings(
  loaded: LoadedJobFile,
  connections: Connections,
  only?: string,
): Promise<string[]> {
  const lines: string[] = [];
  for (const entry of await connections.all()) {
    if (entry.kind === 'broken') {
      lines.push(`${entry.label} can't be used now: ${entry.error.message}`);
      continue;
    }
    const { id, trainingJobs } = entry.connection;
    const spec = loaded.file.jobs[0];
    if (!trainingJobs || !spec || (only !== undefined && only !== id)) continue;
    for (const { path, message } of trainingJobs.unsupported(spec)) {
      const at = locate(loaded.text, 0, path);
      lines.push(problemText(loaded.path, { severity: 'warning', message, ...at, path: path.join('.') }));
    }
  }
  return lines;
}
