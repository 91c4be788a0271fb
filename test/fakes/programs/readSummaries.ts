// Reads the summaries of all ended jobs of a state folder: node readSummaries.mjs HOME. Prints each job's id once it is read.
import { hasEnded } from '../../../src/core/trainingJob';
import { providers } from '../../../src/providers/all';
import { openCore } from '../../../src/services/core';
import { workplace } from '../workplace';

const [home = ''] = process.argv.slice(2);
const core = await openCore({ ...workplace(), home, providers });
const known = core.summaries.known();
const missing = core.jobs.list().filter(({ id, state }) => hasEnded(state) && !known.has(id));
await core.summaries.readAll(missing, new AbortController().signal, ({ job }) => {
  process.stdout.write(`${job.id}\n`);
});
core.dispose();
