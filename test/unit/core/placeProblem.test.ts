import { describe, expect, it } from 'vitest';
import { noOffer } from '../../../src/core/noOffer';
import { asksFor, placeProblem } from '../../../src/core/placeProblem';
import type { Offer } from '../../../src/core/provider';
import { readJob } from '../../fakes/jobSpec';

const { spec: plain } = readJob('run: echo');

function no(connection: string, why: string): Offer {
  return noOffer({ connection, region: null }, plain, why);
}

const job = (resources: string) => readJob(`resources: ${resources}\nrun: echo`).spec;

describe('a job that nothing can run', () => {
  it('is explained at the type that no such place has', () => {
    const spec = job('{infra: aws/us-east-1, instance_type: ml.huge.thing}');
    const offers = [
      no('local', 'The job file asks for aws/us-east-1.'),
      no('aws/us-east-1', 'This is no SageMaker type: ml.huge.thing'),
    ];
    expect(placeProblem(spec, offers)).toEqual({
      message: 'Nothing can run this job now. aws/us-east-1: This is no SageMaker type: ml.huge.thing',
      path: ['resources', 'instance_type'],
    });
  });

  it('is told apart from one whose place is no connection at all', () => {
    const offers = [no('local', 'Elsewhere.'), no('aws/us-east-1', 'Elsewhere.')];
    expect(placeProblem(job('{infra: aws/eu-west-9}'), offers)).toEqual({
      message:
        'None of your connections is what the job asks for. Add it, or name another place: aws/eu-west-9',
      path: ['resources', 'infra'],
    });
  });

  it('names three of a hundred places, and a reason once', () => {
    const offers = Array.from({ length: 100 }, (_, index) => no(`ssh/gpu-${index}`, 'It has no GPU.'));
    const problem = placeProblem(job('{accelerators: H100}'), offers);
    expect(problem?.path).toEqual(['resources', 'accelerators']);
    expect(problem?.message).toMatch(/ssh\/gpu-0, ssh\/gpu-1, ssh\/gpu-2 and 97 more: It has no GPU\.$/);
  });
});

it('a job that something can run, or that was not planned, has no such problem', () => {
  expect(placeProblem(plain, [no('local', 'x'), { ...no('ssh/a', ''), possible: true }])).toBeUndefined();
  expect(placeProblem(plain, [])).toBeUndefined();
});

it('a job file asks for a connection by its name, its region, its platform, or not at all', () => {
  expect(asksFor(plain, 'local')).toBe(true);
  expect(asksFor(job('{infra: aws}'), 'aws/us-east-1@work')).toBe(true);
  expect(asksFor(job('{infra: aws/us-east-1}'), 'aws/us-east-1@work')).toBe(true);
  expect(asksFor(job('{infra: aws/us-east-1/us-east-1a}'), 'aws/us-east-1')).toBe(true);
  expect(asksFor(job('{infra: "*/us-east-1"}'), 'aws/us-east-1')).toBe(true);
  expect(asksFor(job('{infra: aws/us-east-1}'), 'aws/us-west-2')).toBe(false);
  expect(asksFor(job('{infra: ssh/gpu-1}'), 'ssh/gpu-1')).toBe(true);
  expect(asksFor(job('{infra: ssh/gpu-1}'), 'ssh/gpu-2')).toBe(false);
  expect(asksFor(job('{infra: local}'), 'local')).toBe(true);
  expect(asksFor(job('{infra: local}'), 'aws/us-east-1')).toBe(false);
});
