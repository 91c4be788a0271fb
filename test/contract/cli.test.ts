import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const cli = resolve('dist/cli.js');
let folder = '';
let home = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-cli-'));
  home = join(folder, 'home');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Run {
  code: number | null;
  out: string;
  err: string;
  /** Standard output as JSON lines. */
  events: Record<string, unknown>[];
}

function start(words: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [cli, ...words], {
    cwd: folder,
    env: { ...process.env, TRAINYARD_HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => out.push(data));
  child.stderr.on('data', (data: Buffer) => err.push(data));
  const done = once(child, 'close').then(([code]): Run => {
    const text = Buffer.concat(out).toString();
    return {
      code: code as number | null,
      out: text,
      err: Buffer.concat(err).toString(),
      get events() {
        return text
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Record<string, unknown>);
      },
    };
  });
  return { child, done };
}

/** `expect.stringContaining` without its `any`. */
const containing = (text: string): unknown => expect.stringContaining(text);

const trainyard = (...words: string[]) => start(words).done;

async function jobFile(text: string): Promise<string> {
  const path = join(folder, 'a.job.yaml');
  await writeFile(path, text);
  return path;
}

describe('validate', () => {
  test('a misspelt field is named with its line and what was meant, and the exit code is 2', async () => {
    const path = await jobFile('name: a\nnum_node: 2\nrun: echo hi\n');
    const run = await trainyard('validate', path);
    expect(run.code).toBe(2);
    expect(run.out).toMatch(/a\.job\.yaml:2:1: error: .*num_node.*num_nodes/);
  });

  test('--json prints one document with the canonical jobs', async () => {
    const run = await trainyard('validate', await jobFile('name: a\nnum_nodes: 2\nrun: echo hi\n'), '--json');
    expect(run.code).toBe(0);
    expect(run.events).toHaveLength(1);
    expect(run.events[0]).toMatchObject({ valid: true, jobs: [{ name: 'a', num_nodes: 2 }], problems: [] });
  });

  test('a file that is not there, and a folder, are said to be so', async () => {
    expect(await trainyard('validate', 'none.yaml')).toMatchObject({
      code: 2,
      err: containing('no such file'),
    });
    expect(await trainyard('validate', folder)).toMatchObject({
      code: 2,
      err: containing('folder'),
    });
  });
});

describe('submit', () => {
  test('--wait --yes streams the log of the quick sample, and exits 0 when the job succeeds', async () => {
    await cp('samples/quick', join(folder, 'quick'), { recursive: true });
    const run = await trainyard('submit', 'quick/quick.job.yaml', '--wait', '--yes', '--json');
    expect(run.err).not.toMatch(/error|Warning/i);
    expect(run.code).toBe(0);
    const kinds = run.events.map((event) => event.event);
    expect(kinds[0]).toBe('submitted');
    expect(kinds.at(-1)).toBe('ended');
    expect(run.events.at(-1)).toMatchObject({ state: 'succeeded', exitCode: 0 });
    expect(kinds.filter((kind) => kind === 'log').length).toBeGreaterThan(3);
    const states = run.events.filter((event) => event.event === 'state').map((event) => event.state);
    expect(states.at(-1)).toBe('succeeded');
    expect(new Set(states).size).toBe(states.length);

    const job = String(run.events[0]?.job);
    const [listed] = JSON.parse((await trainyard('jobs', '--json')).out) as Record<string, unknown>[];
    expect(listed).toMatchObject({
      id: job,
      state: 'succeeded',
      connection: 'local',
      hourlyUsd: 0,
      costUsd: 0,
    });
    const metrics = JSON.parse((await trainyard('metrics', job, '--json')).out) as Record<
      string,
      { value: number }[]
    >;
    expect(metrics.loss?.length).toBeGreaterThan(1);
    expect(metrics.loss?.at(-1)?.value).toBeLessThan(Number(metrics.loss?.[0]?.value));
  });

  test('a job that fails gives exit code 1 and the reason', async () => {
    const path = await jobFile('name: bad\nrun: |\n  echo before\n  exit 7\n');
    const run = await trainyard('submit', path, '--wait', '--yes', '--json');
    expect(run.code).toBe(1);
    expect(run.events.at(-1)).toMatchObject({ event: 'ended', state: 'failed', exitCode: 7 });
    expect(run.events.at(-1)?.reason).toContain('7');
  });

  test('without --yes and without a person there is no job', async () => {
    const run = await trainyard('submit', await jobFile('name: a\nrun: echo hi\n'));
    expect(run).toMatchObject({ code: 2, err: containing('--yes') });
    expect(JSON.parse((await trainyard('jobs', '--json')).out)).toEqual([]);
  });

  test('a place that is too dear is refused with exit code 3, and no job exists', async () => {
    await trainyard('jobs');
    await writeFile(
      join(home, 'settings.json'),
      '{"trainyard.local.hourlyUsd": 3, "trainyard.guardrails.maxHourlyUsd": 2}',
    );
    const run = await trainyard('submit', await jobFile('name: a\nrun: echo hi\n'), '--yes');
    expect(run).toMatchObject({
      code: 3,
      err: containing('$3.00/h, over the limit of $2.00/h'),
    });
    expect(JSON.parse((await trainyard('jobs', '--json')).out)).toEqual([]);
  });

  test.each([
    ['num_nodes: 0\nrun: x\n', /a\.job\.yaml:1:\d+: error: .*num_nodes/],
    ['name: "a; rm -rf /"\nrun: x\n', /name/],
    [`name: ${'a'.repeat(300)}\nrun: x\n`, /name/],
    ['run: [\n', /a\.job\.yaml:\d+:\d+: error/],
    ['workdir: ./nowhere\nrun: x\n', /nowhere/],
    ['envs: {TOKEN: null}\nrun: x\n', /TOKEN.*--env/],
    ['name: a\nrun: x\n---\nname: b\nrun: y\n', /pipeline/i],
  ])('bad input ends with exit code 2 and a sentence: %j', async (text, sentence) => {
    const run = await trainyard('submit', await jobFile(text), '--yes');
    expect(run.err).toMatch(sentence);
    expect(run.code).toBe(2);
    expect(run.err).not.toContain('    at ');
    expect(JSON.parse((await trainyard('jobs', '--json')).out)).toEqual([]);
  });

  test('a job that nothing here can run is refused by the platform with exit code 4', async () => {
    const run = await trainyard(
      'submit',
      await jobFile('resources: {infra: aws/us-east-1}\nrun: x\n'),
      '--yes',
    );
    expect(run).toMatchObject({ code: 4, err: containing('local: ') });
  });

  test('a connection that does not exist is said to be so', async () => {
    const run = await trainyard('submit', await jobFile('run: x\n'), '--yes', '--on', 'mars');
    expect(run.code).toBe(2);
    expect(run.err).toContain('mars');
  });

  test('Ctrl+C while waiting leaves the job running, which then is stopped by its id', async () => {
    const path = await jobFile('name: long\nrun: |\n  echo ready\n  sleep 600\n');
    const { child, done } = start(['submit', path, '--wait', '--yes']);
    await new Promise<void>((seen) =>
      child.stdout.on('data', (data: Buffer) => {
        if (data.includes('ready')) seen();
      }),
    );
    child.kill('SIGINT');
    expect(await done).toMatchObject({ code: 130, err: containing('goes on') });
    const [job] = JSON.parse((await trainyard('jobs', '--json')).out) as { id: string; state: string }[];
    expect(job?.state).toBe('running');
    expect(await trainyard('stop', String(job?.id))).toMatchObject({
      code: 0,
      out: containing('stopped'),
    });
    const [ended] = JSON.parse((await trainyard('jobs', '--json')).out) as { state: string }[];
    expect(ended?.state).toBe('stopped');
  });

  test('a secret reaches the job and nothing else', async () => {
    const path = await jobFile(
      'name: s\nsecrets: {TOKEN: null}\nrun: test "$(printf %s "$TOKEN" | rev)" = eulav-2retnuh && echo got it\n',
    );
    const { done } = start(['submit', path, '--secret', 'TOKEN', '--wait', '--yes'], {
      TOKEN: 'hunter2-value',
    });
    const run = await done;
    expect(run).toMatchObject({ code: 0, out: containing('got it') });
    expect(run.out + run.err).not.toContain('hunter2-value');
    const { stdout } = await import('node:child_process').then(({ spawnSync }) =>
      spawnSync('grep', ['-rl', 'hunter2-value', home], { encoding: 'utf8' }),
    );
    expect(stdout).toBe('');
  });
});

describe('logs', () => {
  test('--raw prints the bytes exactly as the job wrote them', async () => {
    const path = await jobFile(
      "name: raw\nrun: |\n  printf 'a\\000b\\377\\n##trainyard {half\\n\\033[31mred\\r50%%\\r100%%\\nno newline'\n",
    );
    const { events } = await trainyard('submit', path, '--wait', '--yes', '--json');
    const child = spawn(process.execPath, [cli, 'logs', String(events[0]?.job), '--raw'], {
      env: { ...process.env, TRAINYARD_HOME: home },
    });
    const bytes: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => bytes.push(data));
    await once(child, 'close');
    expect(Buffer.concat(bytes).toString('latin1')).toBe(
      'a\0b\xff\n##trainyard {half\n\x1b[31mred\r50%\r100%\nno newline',
    );
  });

  test('--node picks one node, and a node that is not there is an error', async () => {
    const path = await jobFile('name: two\nnum_nodes: 2\nrun: echo "rank $SKYPILOT_NODE_RANK"\n');
    const { events } = await trainyard('submit', path, '--wait', '--yes', '--json');
    const job = String(events[0]?.job);
    expect((await trainyard('logs', job, '--node', '1')).out).toBe('rank 1\n');
    expect((await trainyard('logs', job)).out).toBe('[node 0] rank 0\n[node 1] rank 1\n');
    expect(await trainyard('logs', job, '--node', '2')).toMatchObject({ code: 2 });
  });
});

describe('outputs', () => {
  test('are listed with their size and folder; one that is not there is bad input, with those that are', async () => {
    const path = await jobFile(
      'name: two\nrun: mkdir model && printf weights > model/w && printf x > log.txt\ntrainyard: {outputs: {model: model, log: log.txt}}\n',
    );
    const { events } = await trainyard('submit', path, '--wait', '--yes', '--json');
    const job = String(events[0]?.job);
    const root = join(home, 'jobs', job, 'outputs');
    expect(JSON.parse((await trainyard('outputs', job, '--json')).out)).toEqual([
      { name: 'log', folder: root, files: [{ path: 'log', bytes: 1 }] },
      { name: 'model', folder: join(root, 'model'), files: [{ path: 'w', bytes: 7 }] },
    ]);
    const table = (await trainyard('outputs', job, 'model', '--download')).out;
    expect(table).toMatch(/^OUTPUT +FILES +SIZE +WHERE\nmodel +1 file +7 B +\/.*outputs\/model\n$/);
    expect(await trainyard('outputs', job, 'weights')).toMatchObject({
      code: 2,
      err: 'The job has no output "weights". It has: log, model\n',
    });
  });

  test('of a job that left none are said to be none', async () => {
    const { events } = await trainyard(
      'submit',
      await jobFile('name: a\nrun: echo hi\n'),
      '--wait',
      '--yes',
      '--json',
    );
    expect((await trainyard('outputs', String(events[0]?.job))).out).toBe('This job has left no outputs.\n');
  });
});

describe('the command line itself', () => {
  test('help names every verb', async () => {
    const { out, code } = await trainyard('--help');
    expect(code).toBe(0);
    for (const verb of ['validate', 'plan', 'submit', 'jobs', 'logs', 'metrics', 'outputs', 'stop'])
      expect(out).toContain(verb);
  });

  test('an unknown verb, flag or job is exit code 2', async () => {
    expect((await trainyard('constructor')).code).toBe(2);
    expect((await trainyard('jobs', '--jason')).code).toBe(2);
    expect((await trainyard('logs', 'nothing')).code).toBe(2);
  });

  test('plan names the place, the price and what is possible', async () => {
    const path = await jobFile('name: a\nnum_nodes: 2\nrun: x\n');
    const offers = JSON.parse((await trainyard('plan', path, '--json')).out) as object[];
    expect(offers).toContainEqual(
      expect.objectContaining({ connection: 'local', nodes: 2, hourlyUsd: 0, possible: true, spot: false }),
    );
  });

  test('plan says what the place can’t honour, beside its JSON and not in it', async () => {
    const path = await jobFile('name: a\nresources: {infra: local, use_spot: true}\nrun: x\n');
    const { out, err, code } = await trainyard('plan', path, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toHaveLength(1);
    expect(err).toMatch(/:2:\d+: warning: .*has no spot price/);
    expect((await trainyard('plan', path)).out).toContain('has no spot price');
  });

  test('a reader that goes away ends the printing without a word', async () => {
    const path = await jobFile('name: many\nrun: seq 1 200000\n');
    const { events } = await trainyard('submit', path, '--wait', '--yes', '--json');
    const { child, done } = start(['logs', String(events[0]?.job)]);
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await done).toMatchObject({ code: 0, err: '' });
  });

  test('the state folder is private', async () => {
    await trainyard('jobs');
    const { stat } = await import('node:fs/promises');
    expect((await stat(home)).mode & 0o077).toBe(0);
    expect(await readFile(join(home, 'trainyard.db'))).toBeDefined();
  });
});
