// Does one thing with jobs on AWS and dies in the middle of it: node awsOnce.mjs HOME URL AT submit JOB_FILE | AT stop JOB_ID. It kills itself
// when AT promises were made since the thing was begun, and else prints how many there were in the end. Waits for a line on stdin before.
import { createHook } from 'node:async_hooks';
import { once } from 'node:events';
import { openCore } from '../../../src/services/core';
import { awsProvider } from '../aws/awsProvider';
import { submission } from '../aws/submitFile';
import { workplace } from '../workplace';

const [home = '', url = '', count = '', verb = '', what = ''] = process.argv.slice(2);
const { signal } = new AbortController();
const place = { ...workplace(), home };
const core = await openCore({ ...place, providers: [() => awsProvider(place, url)] });
const act =
  verb === 'stop' ? () => core.jobs.stop(what, 'Enough.', signal) : await submission(core, what, signal);
process.stdout.write('ready\n');
await once(process.stdin, 'data');
let promises = 0;
createHook({
  init(_id, type) {
    if (type !== 'PROMISE') return;
    promises += 1;
    if (promises === Number(count)) process.kill(process.pid, 'SIGKILL');
  },
}).enable();
await act();
process.stdout.write(`${promises}\n`);
process.exit(0);
