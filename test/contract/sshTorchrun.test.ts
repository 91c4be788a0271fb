import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { agreed, readJob } from '../fakes/jobSpec';
import { JobsUnderTest, never } from './jobsUnderTest';
import { TestHosts } from './sshHarness';

const jobs = new JobsUnderTest(new TestHosts(['a', 'b']).harness());

/** The environment of the sample is made once per machine, in the user's cache; the hosts have home folders of their own. */
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');

test('the sample trains with torchrun over two hosts, as it is', { timeout: 280_000 }, async () => {
  const file = resolve('samples/digits/digits.job.yaml');
  const text = (await readFile(file, 'utf8'))
    .replace('  cpus: 1+', '  infra: ssh/a,b')
    .replace('  EPOCHS: 20', `  EPOCHS: 1\n  XDG_CACHE_HOME: ${cache}\n  MARKER: ${jobs.marker}`);
  const { spec, secrets } = readJob(text);
  const prepared = await jobs.prepare('run: echo');
  const submission = { ...prepared.submission, spec, secrets, baseFolder: dirname(file) };
  const [offer] = await jobs.facet.plan(spec, never);
  if (!offer) throw new Error('No offer');
  await jobs.facet.submit(submission, await agreed(spec, offer), never);
  const end = await jobs.end(prepared);
  const logs = await Promise.all([0, 1].map(async (rank) => (await jobs.log(prepared, rank)).toString()));
  expect(end, logs.join('\n')).toMatchObject({ state: 'succeeded' });
  expect(logs[0]).toMatch(/images\/s/);
  const outputs = await jobs.facet.outputs(prepared.id, prepared.folder, never);
  expect(outputs.map(({ name }) => name)).toContain('model');
  await jobs.nothingRuns();
});
