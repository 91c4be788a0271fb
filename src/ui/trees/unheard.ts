import type { TrainingJob } from '../../core/trainingJob';
import { troubleLabel, type Trouble } from './trouble';

/** Connections whose running jobs can't be asked for now: what their rows say is what was last heard. One for each. */
export function unheardOf(
  jobs: readonly TrainingJob[],
  failure: (id: string) => Error | undefined,
): readonly Trouble[] {
  const troubles = new Map<string, Trouble>();
  for (const { id, connection } of jobs) {
    const error = failure(id);
    if (!error || troubles.has(connection)) continue;
    const label = troubleLabel(connection, error, `${connection} can’t be asked now`);
    troubles.set(connection, { kind: 'trouble', id: `unheard/${connection}`, label, error });
  }
  return [...troubles.values()];
}
