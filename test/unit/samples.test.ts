import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readJobFile } from '../../src/core/jobSpec/jobFile';
import { submitProblems } from '../../src/core/jobSpec/submitProblems';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-samples-'));
});
afterAll(() => rm(folder, { recursive: true }));

const python = (...words: string[]) =>
  spawnSync('python3', words, { cwd: folder, encoding: 'utf8', env: { ...process.env, EPOCHS: '5' } });

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
        expect(python('-m', 'py_compile', `${sample}-${file}`)).toMatchObject({ status: 0, stderr: '' });
      }
    }
  });

  test('the quick sample learns, and each of its telemetry lines is JSON', async () => {
    await cp('samples/quick/train.py', join(folder, 'train.py'));
    const { stdout, status } = python('train.py');
    expect(status).toBe(0);
    const records = stdout
      .split('\n')
      .filter((line) => line.startsWith('##trainyard '))
      .map((line) => JSON.parse(line.slice(12)) as { metrics?: { loss: number } });
    const losses = records.flatMap(({ metrics }) => (metrics ? [metrics.loss] : []));
    expect(losses).toHaveLength(5);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
  });
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
