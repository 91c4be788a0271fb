import type { Settings } from '../../src/core/settings';
import { local } from '../../src/providers/local/local';
import { commandLines, processesWith } from '../fakes/processes';
import { workplace } from '../fakes/workplace';
import type { Harness } from './jobsUnderTest';

/** This computer, as the contract sees it. */
export function localHarness(settings: Partial<Settings> = {}): Harness {
  return {
    place: 'resources: {infra: local}',
    async connect() {
      const place = workplace({ 'trainyard.local.graceSeconds': 5, ...settings });
      const [connection] = await local(place).connections();
      if (!connection) throw new Error('This computer is always there');
      return connection;
    },
    processes: (marker) => Promise.resolve(processesWith(marker)),
    commandLines: () => Promise.resolve(commandLines()),
  };
}
