import { expect, test } from 'vitest';
import { placed } from '../../../../src/core/jobSpec/placed';
import { isForHere } from '../../../../src/providers/aws/jobs/plan/places';
import { readJob } from '../../../fakes/jobSpec';

const plain = { connection: 'aws/us-east-1', region: 'us-east-1' };
const work = { connection: 'aws/us-east-1@work', region: 'us-east-1' };

/** What a job file says of its place, and whether that is the connection of the default keys, and the one of the profile `work`. */
const cases: readonly (readonly [resources: string, plain: boolean, work: boolean])[] = [
  ['cpus: 4', true, true],
  ['infra: aws', true, true],
  ['infra: aws/us-east-1', true, true],
  ['infra: aws/us-east-1/us-east-1a', true, true],
  ['infra: aws/us-east-1@work', false, true],
  ['infra: aws/eu-west-1', false, false],
  ['infra: "*/us-east-1"', true, true],
  ['infra: "*/eu-west-1"', false, false],
  ['infra: gcp/us-east-1', false, false],
  ['infra: local', false, false],
  ['infra: ssh/us-east-1', false, false],
  ['cloud: aws, region: us-east-1', true, true],
  ['cloud: AWS, region: eu-west-1', false, false],
  ['region: us-east-1', true, true],
];
test.each(cases)('%s', (resources, inPlain, inWork) => {
  const [candidate] = readJob(`run: echo\nresources: {${resources}}`).spec.resources.candidates;
  if (!candidate) throw new Error('no candidate');
  expect([isForHere(candidate, plain), isForHere(candidate, work)]).toEqual([inPlain, inWork]);
});

test('a job that is put on a connection is for that one only', () => {
  const [candidate] = placed(readJob('run: echo').spec, work.connection).resources.candidates;
  if (!candidate) throw new Error('no candidate');
  expect([isForHere(candidate, plain), isForHere(candidate, work)]).toEqual([false, true]);
});
