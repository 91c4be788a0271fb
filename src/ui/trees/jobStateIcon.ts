import type { JobState } from '../../core/trainingJob';
import type { RowIcon } from './row';

/** A shape of its own for each state, and a theme colour. Only what lasts seconds spins. */
export const jobStateIcon: Record<JobState, Required<RowIcon>> = {
  queued: { id: 'clock', color: 'charts.yellow' },
  starting: { id: 'loading~spin', color: 'charts.blue' },
  running: { id: 'play-circle', color: 'charts.blue' },
  stopping: { id: 'loading~spin', color: 'charts.orange' },
  succeeded: { id: 'pass', color: 'charts.green' },
  failed: { id: 'error', color: 'charts.red' },
  stopped: { id: 'stop-circle', color: 'disabledForeground' },
  unknown: { id: 'question', color: 'charts.yellow' },
};
