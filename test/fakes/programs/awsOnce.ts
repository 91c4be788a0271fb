// Does one thing with jobs on AWS and dies in the middle of it: node awsOnce.mjs HOME URL AT submit JOB_FILE | AT stop JOB_ID. It kills itself
// when AT promises were made since the thing was begun, and else prints how many there were in the end. Waits for a line on stdin before.
import { openCore } from '../../../src/services/core';
import { awsProvider } from '../aws/awsProvider';
import { submission } from '../aws/submitFile';
import { workplace } from '../workplace';
import { dyingAt } from './dying';

const [home = '', url = '', count = '', verb = '', what = ''] = process.argv.slice(2);
const { signal } = new AbortController();
const place = { ...workplace(), home };
const core = await openCore({ ...place, providers: [() => awsProvider(place, url)] });
const act =
  verb === 'stop' ? () => core.jobs.stop(what, 'Enough.', signal) : await submission(core, what, signal);
const promises = await dyingAt(Number(count));
await act();
process.stdout.write(`${promises()}\n`);
process.exit(0);
