import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { notebookJobText } from '../../src/core/notebook/notebookJob';
import { executedNotebook, type JobOutputs } from '../../src/services/notebooks/executedNotebook';
import { ensureJupyter, jupyterEnvironment } from '../../scripts/python.mjs';
import { JobsUnderTest, never } from './jobsUnderTest';
import { TestHosts } from './sshHarness';

const hosts = new TestHosts(['gpu']);
const jobs = new JobsUnderTest(hosts.harness());

beforeAll(async () => {
  await ensureJupyter();
  for (const { home } of hosts.servers) {
    await mkdir(join(home, '.trainyard'), { recursive: true });
    await symlink(jupyterEnvironment(), join(home, '.trainyard/papermill'));
  }
});

interface Notebook {
  readonly cells: readonly { readonly outputs?: readonly { text?: string[]; ename?: string }[] }[];
}

/** Runs a notebook of these cells as a job, the first of them its parameters. */
async function run(sources: readonly string[], parameters: Readonly<Record<string, unknown>> = {}) {
  const name = 'a b.ipynb';
  const notebook = {
    cells: sources.map((source, index) => ({
      cell_type: 'code',
      id: `cell-${index}`,
      metadata: { tags: index === 0 ? ['parameters'] : [] },
      execution_count: null,
      outputs: [],
      source,
    })),
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  };
  await mkdir(join(jobs.root, 'base'), { recursive: true });
  await writeFile(join(jobs.root, 'base', name), JSON.stringify(notebook));
  const job = await jobs.run(notebookJobText({ notebook: name, infra: 'ssh/gpu', parameters }), '');
  const ours: JobOutputs = {
    folder: () => job.folder,
    outputs: (id, signal) => jobs.facet.outputs(id, job.folder, signal),
    download: async (id, ...words) => jobs.facet.download?.(id, job.folder, ...words),
  };
  const bring = () => executedNotebook(ours, job, never);
  const log = (await jobs.log(job)).toString();
  return { job, log, bring, name };
}

const read = async (file: string | undefined) => JSON.parse(await readFile(file ?? '', 'utf8')) as Notebook;

describe('A notebook that runs as a job on a machine', () => {
  it('comes back whole with its outputs, with the values that it was given, once', async () => {
    const { job, log, bring, name } = await run(['lr = 0.1', 'print("lr is", lr, words)', 'print("end")'], {
      lr: 0.5,
      words: 'it\'s "$HOME" `x`',
    });
    expect(job.end, log).toMatchObject({ state: 'succeeded' });
    expect(log).toContain('lr is 0.5');
    const file = await bring();
    expect(file).toBe(join(job.folder, 'outputs/notebook', name));
    const { cells } = await read(file);
    const texts = cells.flatMap(({ outputs = [] }) => outputs.flatMap((output) => output.text ?? []));
    expect(texts).toEqual(['lr is 0.5 it\'s "$HOME" `x`\n', 'end\n']);
    await writeFile(file ?? '', 'what a person made of it');
    expect(await bring()).toBe(file);
    expect(await readFile(file ?? '', 'utf8')).toBe('what a person made of it');
  });

  it('comes back with what ran before a cell that failed, and the error', async () => {
    const { job, log, bring } = await run(['x = 1', 'print("before")', '1/0', 'print("after")']);
    expect(job.end, log).toMatchObject({ state: 'failed' });
    expect(log).toContain('ZeroDivisionError');
    const { cells } = await read(await bring());
    const outputs = cells.flatMap((cell) => cell.outputs ?? []);
    expect(outputs.flatMap((output) => output.text ?? [])).toContain('before\n');
    expect(outputs.map(({ ename }) => ename)).toContain('ZeroDivisionError');
    expect(outputs.flatMap((output) => output.text ?? [])).not.toContain('after\n');
  });

  it('is brought by two windows at once', async () => {
    const { bring } = await run(['x = 1']);
    const [one, two] = await Promise.all([bring(), bring()]);
    expect(one).toBe(two);
    expect((await read(one)).cells.length).toBeGreaterThan(0);
  });
});
