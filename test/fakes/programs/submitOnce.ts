// Submits one job: node submitOnce.mjs HOME JOB_FILE [SSH_CONFIG]. Prints `ready` before it begins, and then the job's id.
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { providers } from '../../../src/providers/all';
import { openCore } from '../../../src/services/core';
import { agreed, readJob } from '../jobSpec';
import { workplace } from '../workplace';

const [home = '', file = '', config = ''] = process.argv.slice(2);
const text = await readFile(file, 'utf8');
const { spec, secrets } = readJob(text);
const core = await openCore({ ...workplace({ 'trainyard.ssh.configFile': config }), home, providers });
const { signal } = new AbortController();
const [offer] = await core.jobs.plan(spec, signal);
if (!offer) throw new Error('No offer');
const approval = await agreed(spec, offer);
process.stdout.write('ready\n');
const request = { spec, secrets, text, baseFolder: dirname(file), source: file, approval };
const job = await core.jobs.submit(request, signal);
process.stdout.write(`${job.id}\n`);
core.dispose();
