import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../src/core/jobSpec/duration';
import { readJobFile } from '../../../src/core/jobSpec/jobFile';

function errors(section: string): readonly string[] {
  return readJobFile(`run: x\ntrainyard: ${section}\n`).problems.map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

describe('the section trainyard', () => {
  it.each([
    ['90s', 90],
    ['30m', 1800],
    ['2h', 7200],
    ['1.5h', 5400],
    ['1d', 86_400],
    ['45', 45],
    [45, 45],
    ['0', undefined],
    [-5, undefined],
    ['2 hours', undefined],
    ['1w', undefined],
    ['', undefined],
    ['h', undefined],
  ])('reads %j as %s seconds', (written, seconds) => {
    expect(parseDuration(written)).toBe(seconds);
  });

  it('is null without one, and an empty one is empty', () => {
    expect(readJobFile('run: x\n').jobs[0]?.trainyard).toBeNull();
    expect(readJobFile('run: x\ntrainyard:\n').jobs[0]?.trainyard).toBeNull();
    expect(readJobFile('run: x\ntrainyard: {}\n').jobs[0]?.trainyard).toEqual({});
  });

  it.each([
    [
      '{guardrails: {max_duration: soon}}',
      'guardrails.max_duration: Expected a duration such as 90s, 30m, 2h or 1d, found "soon"',
    ],
    ['{guardrails: {max_cost: 0}}', 'guardrails.max_cost: Expected more than 0, found 0 (a number)'],
    ['{guardrails: {idle_gpu: {below: 5}}}', 'guardrails.idle_gpu.for: The field "for" is missing. Add it'],
    [
      '{guardrails: {idle_gpu: {below: 500, for: 1m}}}',
      'guardrails.idle_gpu.below: Expected at most 100, found 500 (a number)',
    ],
    [
      '{outputs: {model: /abs}}',
      'outputs.model: The path must be relative to workdir, such as ./model, found "/abs"',
    ],
    [
      '{outputs: {model: ~/m}}',
      'outputs.model: The path must be relative to workdir, such as ./model, found "~/m"',
    ],
    [
      '{outputs: {model: a/../../b}}',
      'outputs.model: The path must stay inside workdir, without .., found "a/../../b"',
    ],
    ['{outputs: {../x: ./m}}', 'outputs.../x: "../x" is not allowed as a name here'],
    [
      '{checkpoint: {path: ..}}',
      'checkpoint.path: The path must stay inside workdir, without .., found ".."',
    ],
    ['{checkpoint: {path: a/../..}}', 'checkpoint.path: The path must stay inside workdir, without ..'],
    ['{checkpoint: {path: /data/ckpt}}', 'checkpoint.path: The path must be relative to workdir'],
    ['{checkpoint: {path: ""}}', 'checkpoint.path: Expected a folder such as ./model'],
    ['{checkpoint: {path: }}', 'checkpoint.path: Expected text, found nothing'],
    ...['.', './', './.', './/.'].map((path) => [
      `{checkpoint: {path: ${path}}}`,
      'checkpoint.path: The path must be a folder in workdir, not workdir itself, such as ./checkpoints, found',
    ]),
    ['{register: {model: m, path: "C:\\\\x"}}', 'register.path: The path must be relative to workdir'],
    [
      '{metrics: [{name: a, regex: "("}]}',
      'metrics[0].regex: Not a valid regular expression (Unterminated group), found "("',
    ],
    [
      '{metrics: [{name: a, regex: "loss"}]}',
      'metrics[0].regex: The regular expression needs a group for the value',
    ],
    [
      '{metrics: [{name: a, regex: "(.)"}, {name: a, regex: "(.)"}]}',
      'metrics[1].name: Two metrics have this name. Rename one',
    ],
    ['{metrics: {name: a}}', 'metrics: Expected a list, found a mapping'],
    [
      '{retry: {max_restarts: 3, on: [rain]}}',
      'retry.on[0]: Expected one of spot_interruption, node_failure, job_failure, found "rain"',
    ],
    ['{azure: {identity: me}}', 'azure.identity: Expected one of user, managed, aml_token, found "me"'],
  ])('refuses %s', (section, problem) => {
    const [only, ...others] = errors(section);
    expect(only?.startsWith(`trainyard.${problem}`), only).toBe(true);
    expect(others).toEqual([]);
  });

  it('takes any folder in workdir for checkpoints, and marks another at its place in the file', () => {
    for (const path of ['checkpoints', './checkpoints/', 'a/b', '..ckpt', './.ckpt', '...'])
      expect(errors(`{checkpoint: {path: ${path}}}`)).toEqual([]);
    const text = 'run: x\ntrainyard:\n  checkpoint:\n    path: .\n';
    const [problem] = readJobFile(text).problems;
    expect(problem).toMatchObject({ severity: 'error', line: 4, column: 11 });
  });
});
