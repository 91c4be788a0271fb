import type { Provider } from '../../core/provider';
import { Emitter } from '../../lib/event';
import type { ProviderContext } from '../context';
import { LocalTrainingJobs } from './trainingJobs';

/** This computer. Always there, so it has one connection, and that never changes. */
export function local(context: ProviderContext): Provider {
  const trainingJobs = new LocalTrainingJobs(context);
  const connection = { id: connectionId, label: 'This computer', trainingJobs };
  return {
    id: connectionId,
    label: 'This computer',
    connections: () => Promise.resolve([connection]),
    onDidChangeConnections: new Emitter<void>().event,
  };
}

export const connectionId = 'local';
