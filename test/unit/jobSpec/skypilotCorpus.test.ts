import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readJobFile, type JobFile } from '../../../src/core/jobSpec/jobFile';

interface Reading {
  readonly ok?: boolean;
  readonly dag?: unknown;
  readonly tasks?: readonly unknown[];
  readonly env?: Record<string, string>;
  readonly with_null_envs_supplied?: Reading;
}

/** Real task files of SkyPilot's repository and its own reading of them; only where the checkout has them beside it. */
const corpus = fileURLToPath(new URL('../../../../shared/data/skypilot/', import.meta.url));
const present = existsSync(`${corpus}reference.json`);

describe.runIf(present)('SkyPilot’s own task files', () => {
  const { files } = present
    ? (JSON.parse(readFileSync(`${corpus}reference.json`, 'utf8')) as { files: Record<string, Reading> })
    : { files: {} };

  it.each(Object.entries(files))('%s reads as SkyPilot reads it', (name, reference) => {
    const text = readFileSync(`${corpus}tasks/${name.replaceAll('/', '__')}`, 'utf8');
    const file = readJobFile(text);

    expect(file.valid).toBe(reference.ok);
    if (reference.ok) expect(asSkyPilot(file)).toEqual({ dag: reference.dag, tasks: reference.tasks });
    else expect(file.problems.some(({ severity }) => severity === 'error')).toBe(true);

    const supplied = reference.with_null_envs_supplied;
    if (!supplied) return;
    expect(asSkyPilot(readJobFile(text, { envs: supplied.env ?? {} }))).toEqual({
      dag: supplied.dag,
      tasks: supplied.tasks,
    });
  });
});

/** SkyPilot has no section `trainyard`. */
function asSkyPilot({ dag, jobs }: JobFile): unknown {
  return {
    dag,
    tasks: jobs.map((job) =>
      Object.fromEntries(Object.entries(job).filter(([name]) => name !== 'trainyard')),
    ),
  };
}
