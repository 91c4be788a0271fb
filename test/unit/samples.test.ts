import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readJobFile } from '../../src/core/jobSpec/jobFile';
import { submitProblems } from '../../src/core/jobSpec/submitProblems';
import { parseTelemetry } from '../../src/core/telemetry';

// Each starts Python a few times, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-samples-'));
});
afterAll(() => rm(folder, { recursive: true }));

const python = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  spawnSync('python3', words, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 10_000,
    env: { ...process.env, EPOCHS: '5', ...env },
  });

/** Not what a person's own runs left behind. */
const isSource = (path: string) => !/[\\/](?:\.venv|__pycache__|checkpoints|model)$/.test(path);

interface Snippet {
  description: string;
  body: string[];
}
const snippets = async (name: string) =>
  Object.entries(
    JSON.parse(await readFile(`snippets/${name}.code-snippets`, 'utf8')) as Record<string, Snippet>,
  );

/** The snippet as it stands in the editor when its tab stops keep their defaults. */
const filled = ({ body }: Snippet) =>
  body
    .join('\n')
    .replace(/\$\{\d+:((?:[^}\\]|\\.)*)\}/g, '$1')
    .replace(/\\([$}\\])/g, '$1');

describe('samples', () => {
  test.each(['digits/digits', 'quick/quick', 'quick/broken'])(
    '%s.job.yaml is valid and has no warning',
    async (name) => {
      const text = await readFile(`samples/${name}.job.yaml`, 'utf8');
      const { jobs, problems } = readJobFile(text);
      expect(problems).toEqual([]);
      expect(jobs.flatMap(submitProblems)).toEqual([]);
      expect(jobs).toHaveLength(1);
    },
  );

  test('every Python file compiles', async () => {
    for (const sample of ['digits', 'quick']) {
      for (const file of (await readdir(`samples/${sample}`)).filter((name) => name.endsWith('.py'))) {
        await cp(`samples/${sample}/${file}`, join(folder, `${sample}-${file}`));
        expect(python(['-m', 'py_compile', `${sample}-${file}`])).toMatchObject({ status: 0, stderr: '' });
      }
    }
  });

  test('what digits needs has bounds, and PyTorch one version', async () => {
    const lines = (await readFile('samples/digits/requirements.txt', 'utf8')).trim().split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/^torch==\d+\.\d+\.\d+$/));
    for (const line of lines) expect(line).toMatch(/==|>=[\d.]+,<\d/);
  });

  test('digits does not take the place of a .venv that is not its own', async () => {
    await mkdir(join(folder, 'foreign/.venv'), { recursive: true });
    await cp('samples/digits', join(folder, 'foreign'), { recursive: true, filter: isSource });
    const { status, stderr } = spawnSync('python3', ['environment.py'], {
      cwd: join(folder, 'foreign'),
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^There is a folder \.venv here already\..*\n$/);
  });
});

describe('the quick sample', () => {
  beforeAll(() => cp('samples/quick', folder, { recursive: true, filter: isSource }));

  test('learns, and each of its telemetry lines is a record', async () => {
    const { stdout, stderr, status } = python(['train.py']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const records = stdout
      .split('\n')
      .filter((line) => line.startsWith('##trainyard '))
      .map((line) => parseTelemetry(line));
    const metrics = records.flatMap((record) => (record?.kind === 'metric' ? [record.metrics] : []));
    const losses = metrics.map(([first]) => first?.[1] ?? NaN);
    expect(records).not.toContain(undefined);
    expect(losses).toHaveLength(5);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
    expect(await readdir(join(folder, 'checkpoints'))).toEqual(['epoch-05.json']);
    expect(await readdir(join(folder, 'model'))).toEqual(['weights.json']);
  });

  test('prints accuracy as its job file looks for it', async () => {
    const { jobs } = readJobFile(await readFile('samples/quick/quick.job.yaml', 'utf8'));
    const [metric] = jobs[0]?.trainyard?.metrics ?? [];
    const found = [...python(['train.py']).stdout.matchAll(new RegExp(metric?.regex ?? 'none', 'g'))];
    expect(found.length).toBeGreaterThanOrEqual(5);
    expect(Number(found.at(-1)?.[1])).toBeGreaterThan(0.9);
  });

  test('learns as well on each of two nodes, from its share of the points', () => {
    for (const SKYPILOT_NODE_RANK of ['0', '1']) {
      const { stdout } = python(['train.py'], { SKYPILOT_NODE_RANK, SKYPILOT_NUM_NODES: '2', EPOCHS: '10' });
      expect(Number(/done.*accuracy ([0-9.]+)/.exec(stdout)?.[1])).toBeGreaterThan(0.9);
    }
  });

  test.each([1, 2, 5])(
    'breaks in its second epoch on the last of %i nodes, and only there',
    async (nodes) => {
      const { jobs } = readJobFile(await readFile('samples/quick/broken.job.yaml', 'utf8'));
      for (let rank = 0; rank < nodes; rank++) {
        const { status, stdout, stderr } = python(['train.py'], {
          ...jobs[0]?.envs,
          EPOCHS: '2',
          SKYPILOT_NODE_RANK: String(rank),
          SKYPILOT_NUM_NODES: String(nodes),
        });
        const last = rank === nodes - 1;
        expect({ rank, status }).toEqual({ rank, status: last ? 1 : 0 });
        expect(stdout).toContain('epoch  1/2');
        if (last)
          expect(stderr).toMatch(
            /^Traceback [^]+\nValueError: could not convert string to float: 'O.842'\n$/,
          );
      }
    },
  );
});

describe('snippets', () => {
  test('every job template is a valid job file once its fields keep their defaults', async () => {
    for (const [name, snippet] of await snippets('job')) {
      const { valid, problems } = readJobFile(filled(snippet));
      expect({ name, valid, problems }).toEqual({ name, valid: true, problems: [] });
    }
  });

  test('every Python snippet compiles', async () => {
    for (const [name, snippet] of await snippets('training')) {
      const run = spawnSync('python3', ['-c', 'import sys; compile(sys.stdin.read(), "snippet", "exec")'], {
        input: filled(snippet),
        encoding: 'utf8',
      });
      expect({ name, stderr: run.stderr }).toEqual({ name, stderr: '' });
    }
  });

  test('the metrics snippet writes a line that Trainyard draws', async () => {
    const [, snippet] = (await snippets('training'))[0] ?? [];
    const run = spawnSync('python3', ['-c', filled(snippet ?? { description: '', body: [] })], {
      encoding: 'utf8',
    });
    expect(JSON.parse(run.stdout.replace('##trainyard ', ''))).toMatchObject({
      kind: 'metric',
      metrics: { loss: 0.5 },
    });
  });
});
