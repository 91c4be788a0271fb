import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { agreed, readJob } from '../fakes/jobSpec';
import { JobsUnderTest, never } from './jobsUnderTest';
import { TestHosts } from './sshHarness';

const hosts = new TestHosts(['a', 'b']);
const jobs = new JobsUnderTest(hosts.harness());

/** The environment that the sample made on this computer, for all its tests. */
async function sampleEnvironment(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-environment-'));
  try {
    execFileSync('python3', [resolve('samples/digits/environment.py')], { cwd: folder });
    return await readlink(join(folder, '.venv'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('the sample trains with torchrun over two hosts, as it is', { timeout: 280_000 }, async () => {
  // A login on the hosts has it as its Python. Theirs may be another than this test's, for which the sample would make one more.
  const profile = `export PATH='${await sampleEnvironment()}/bin':"$PATH"\n`;
  for (const { home } of hosts.servers) await appendFile(join(home, '.profile'), profile);
  const file = resolve('samples/digits/digits.job.yaml');
  const text = (await readFile(file, 'utf8'))
    .replace('  cpus: 1+', '  infra: ssh/a,b')
    .replace('  EPOCHS: 20', `  EPOCHS: 1\n  MARKER: ${jobs.marker}`);
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
