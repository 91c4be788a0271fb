import { describe, expect, it } from 'vitest';
import { readJobFile } from '../../../src/core/jobSpec/jobFile';
import { candidateDefaults, type Case, fixtureNames, fixtureText, jobDefaults } from './fixtures';

const noDag = { name: null, execution: 'serial', job_group: false, primary_tasks: null };

describe.each(fixtureNames('skypilot', '.json'))('SkyPilot’s rules in %s', (name) => {
  const cases = JSON.parse(fixtureText(`skypilot/${name}`)) as readonly Case[];

  it.each(cases)('reads $text', ({ text, jobs, dag = noDag, envs = {}, secrets = {} }) => {
    const file = readJobFile(text, { envs, secrets });

    const errors = file.problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
    expect(file.valid, errors.join('; ')).toBe(jobs !== undefined);
    expect(errors.length > 0).toBe(jobs === undefined);
    if (!jobs) return;
    expect(file.dag).toEqual(dag);
    expect(file.jobs).toEqual(
      jobs.map((job) => ({
        ...jobDefaults,
        ...job,
        resources: job.resources
          ? {
              ...job.resources,
              candidates: job.resources.candidates.map((candidate) => ({
                ...candidateDefaults,
                ...candidate,
              })),
            }
          : jobDefaults.resources,
      })),
    );
  });
});

describe('whole job files', () => {
  it.each(fixtureNames('whole', '.job.yaml'))('%s means what is written beside it', (name) => {
    const file = readJobFile(fixtureText(`whole/${name}`));

    expect(file.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect({ dag: file.dag, jobs: file.jobs }).toEqual(
      JSON.parse(fixtureText(`whole/${name.replace('.job.yaml', '.json')}`)),
    );
  });
});
