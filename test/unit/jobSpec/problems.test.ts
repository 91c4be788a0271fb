import { describe, expect, it } from 'vitest';
import { locate, readJobFile } from '../../../src/core/jobSpec/jobFile';

function first(text: string) {
  const [problem] = readJobFile(text).problems;
  if (!problem) throw new Error('expected a problem');
  return { ...problem, marked: text.slice(problem.start, problem.end) };
}

describe('problems of a job file', () => {
  it('marks an unknown field and offers the one that was meant', () => {
    expect(first('run: x\nnum_node: 2\n')).toMatchObject({
      severity: 'error',
      message: 'Unknown field "num_node". Did you mean "num_nodes"?',
      line: 2,
      column: 1,
      path: 'num_node',
      marked: 'num_node',
      fix: { newText: 'num_nodes' },
    });
  });

  it.each([
    ['resources: {acelerators: A100}', 'resources.acelerators', 'accelerators'],
    ['resources: {any_of: [{cpu: 4}]}', 'resources.any_of[0].cpu', 'cpus'],
    ['resources: {autostop: {idle_minute: 4}}', 'resources.autostop.idle_minute', 'idle_minutes'],
    ['service: {replica_policy: {min_replica: 1}}', 'service.replica_policy.min_replica', 'min_replicas'],
    ['file_mounts: {/a: {sorce: x}}', 'file_mounts./a.sorce', 'source'],
    ['config: {hooks: [{run: x, event: [stop]}]}', 'config.hooks[0].event', 'events'],
    ['trainyard: {guardrail: {max_cost: 1}}', 'trainyard.guardrail', 'guardrails'],
    ['trainyard: {guardrails: {idle_gpu: {below: 1, fro: 1m}}}', 'trainyard.guardrails.idle_gpu.fro', 'for'],
    ['trainyard: {aws: {rol: x}}', 'trainyard.aws.rol', 'role'],
  ])('knows what was meant in %s', (text, path, meant) => {
    const problem = readJobFile(text).problems.find(({ fix }) => fix !== undefined);
    expect(problem).toMatchObject({ path, fix: { newText: meant } });
  });

  it.each([
    [
      'resources:\n  cpus: 2\n  run: |\n    x\n',
      'resources.run',
      /belongs to the job itself: move it to the left/,
    ],
    ['run: x\naccelerators: A100\n', 'accelerators', /belongs below resources/],
    ['run: x\ntrainyard: {max_duration: 2h}\n', 'trainyard.max_duration', /below trainyard\.guardrails/],
    ['run: x\nresources: {keep_alive: 5m}\n', 'resources.keep_alive', /below trainyard\.aws/],
  ])('says where a field belongs that stands elsewhere: %j', (text, path, message) => {
    const problem = readJobFile(text).problems.find((one) => one.path === path);
    expect(problem?.message).toMatch(message);
  });

  it('applies its own fix', () => {
    const text = 'resources:\n  any_of:\n    - acelerators: A100\nrun: x\n';
    const { start, end, fix } = first(text);
    const mended = text.slice(0, start) + (fix?.newText ?? '') + text.slice(end);
    expect(readJobFile(mended)).toMatchObject({ valid: true, problems: [] });
  });

  it.each([
    ['num_nodes: "2"', 'Expected a whole number, found "2"', '"2"'],
    ['num_nodes: two', 'Expected a whole number, found "two"', 'two'],
    ['num_nodes: 0', 'Expected at least 1, found 0 (a number)', '0'],
    ['run: [a, b]', 'Expected text, found a list', 'run'],
    ['run: 2024-01-01', 'Expected text, found the date 2024-01-01. Quote it if it is text', '2024-01-01'],
    ['resources: {use_spot: "yes"}', 'Expected true or false, found "yes"', '"yes"'],
    ['resources: {cpus: 4x}', 'Expected a number such as 4, or 4+ for at least 4, found "4x"', '4x'],
    [
      'resources: {accelerators: A100:0}',
      'The count of an accelerator must be more than 0, found "A100:0"',
      'A100:0',
    ],
    [
      'resources: {any_of: [{memory: lots}]}',
      'Expected GB such as 16, 16+ for at least 16, or a unit such as 64GB, found "lots"',
      'lots',
    ],
    ['workdir: {ref: main}', 'The field "url" is missing. Add it', 'workdir'],
  ])('says what %s should be', (text, message, marked) => {
    expect(first(text)).toMatchObject({ message, marked });
  });

  it('names each variable that has no value, at its line', () => {
    const { problems, valid } = readJobFile('envs:\n  HF_TOKEN:\n  A: 1\n  B:\nrun: x\n');
    expect(valid).toBe(false);
    expect(problems.map(({ line, message }) => [line, message])).toEqual([
      [2, 'HF_TOKEN has no value: give it with --env HF_TOKEN=… or write HF_TOKEN: "" for an empty one'],
      [4, 'B has no value: give it with --env B=… or write B: "" for an empty one'],
    ]);
  });

  it('gives line and column of broken YAML', () => {
    const problem = first('name: x\nrun: "unfinished\n');
    expect(problem).toMatchObject({ severity: 'error', line: 3 });
    expect(problem.message).toMatch(/^Not valid YAML: /);
  });

  it('counts columns right behind carriage returns, a byte order mark and characters outside the basic plane', () => {
    expect(first('\uFEFFname: x\r\nrun: x\r\nnum_nod: 2\r\n')).toMatchObject({
      line: 3,
      column: 1,
      marked: 'num_nod',
    });
    expect(first('{name: 😀😀, num_nod: 1, run: x}')).toMatchObject({
      line: 1,
      column: 14,
      marked: 'num_nod',
    });
  });

  it('refuses a key that stands twice, and says where first', () => {
    expect(first('run: x\nname: a\nrun: y\n')).toMatchObject({
      line: 3,
      message: '"run" is already given in line 1. Remove one',
    });
  });

  it('reports the fields of a choice where the choice has them, and common ones where they are common', () => {
    const text = 'resources:\n  cpus: bad\n  any_of:\n    - infra: aws\n    - memory: worse\n';
    expect(readJobFile(text).problems.map(({ path }) => path)).toEqual([
      'resources.cpus',
      'resources.any_of[1].memory',
    ]);
  });

  it('reads several jobs and warns at the second that they can not be submitted yet', () => {
    const file = readJobFile('name: p\n---\nname: a\nrun: x\n---\nname: b\nrun: y\n');
    expect(file).toMatchObject({ valid: true, jobs: [{ name: 'a' }, { name: 'b' }] });
    expect(file.problems).toMatchObject([{ severity: 'warning', line: 6 }]);
  });

  it('warns of a name that SkyPilot loads and does not start', () => {
    for (const name of ['a b', '; rm -rf /', '-x', 'x'.repeat(300)]) {
      const file = readJobFile(`run: x\nname: "${name}"\n`);
      expect(file).toMatchObject({ valid: true, problems: [{ severity: 'warning', line: 2, path: 'name' }] });
    }
  });
});

describe('locate', () => {
  const text =
    'name: p\n---\nname: a\nrun: x\n---\nresources:\n  any_of:\n    - infra: aws\n      use_spot: true\n';

  it('finds a field of any job by its key', () => {
    const at = locate(text, 1, ['resources', 'any_of', 0, 'use_spot']);
    expect(at).toMatchObject({ line: 9, column: 7 });
    expect(text.slice(at.start, at.end)).toBe('use_spot');
  });

  it('falls back to the nearest thing that the text has', () => {
    const at = locate(text, 1, ['resources', 'accelerators', 'A100']);
    expect(at.line).toBe(6);
    expect(locate(text, 0, ['workdir'])).toMatchObject({ line: 3, column: 1 });
    expect(locate(text, 7, ['run'])).toMatchObject({ line: 1, start: 0, end: 0 });
  });
});
