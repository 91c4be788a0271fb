import { describe } from 'vitest';
import { local } from '../../src/providers/local/local';
import { commandLines, processesWith } from '../fakes/processes';
import { workplace } from '../fakes/workplace';
import { trainingJobsContract } from './trainingJobs.contract';

describe('local', () => {
  trainingJobsContract({
    place: 'resources: {infra: local}',
    async connect() {
      const [connection] = await local(workplace({ 'trainyard.local.graceSeconds': 5 })).connections();
      if (!connection) throw new Error('This computer is always there');
      return connection;
    },
    processes: (marker) => Promise.resolve(processesWith(marker)),
    commandLines: () => Promise.resolve(commandLines()),
  });
});
