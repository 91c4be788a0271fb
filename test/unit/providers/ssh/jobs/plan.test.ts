import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { placed } from '../../../../../src/core/jobSpec/placed';
import { SshTrainingJobs } from '../../../../../src/providers/ssh/jobs/trainingJobs';
import { readJob } from '../../../../fakes/jobSpec';
import { LocalMachine } from '../../../../fakes/localMachine';
import { workplace } from '../../../../fakes/workplace';

const { signal } = new AbortController();

/** What the plan says of a host `here` that nobody attached. */
async function offer(text: string, on?: string) {
  const machine = new LocalMachine(tmpdir());
  const place = workplace({ 'trainyard.ssh.hourlyUsd': { here: 2 } });
  const facet = new SshTrainingJobs(place, 'ssh/here', [{ alias: 'here', machine }]);
  const { spec } = readJob(text);
  return facet.plan(on === undefined ? spec : placed(spec, on), signal);
}

test('a host that nobody attached and the job file does not name is no place for a job', async () => {
  expect(await offer('run: echo\n')).toMatchObject([
    { connection: 'ssh/here', possible: false, why: expect.stringContaining('infra: ssh/here') as string },
  ]);
});

test('one that the job file or the person names is looked at', async () => {
  const looked = [{ connection: 'ssh/here', possible: true, hourlyUsd: 2, why: '' }];
  expect(await offer('resources: {infra: ssh/here}\nrun: echo\n')).toMatchObject(looked);
  expect(await offer('run: echo\n', 'ssh/here')).toMatchObject(looked);
});

test('what the job file says of its place is not overruled', async () => {
  expect(await offer('resources: {infra: local}\nrun: echo\n', 'ssh/here')).toMatchObject([
    { possible: false, why: 'The job file asks for local.' },
  ]);
});
