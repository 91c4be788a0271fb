import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { run } from './command.mjs';
import { modernEnvironment, modernNode } from './nodes.mjs';
import { inCache, inRoot } from './repository.mjs';

/** A check that passes or fails as one. */
export const single = (code) => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 });

/** Runs one of Vitest's projects and counts its tests. A file that does not even load counts as a failed test. */
export async function vitestReport(project) {
  const file = fresh(project);
  const words = [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ];
  const code = await run(modernNode(), [inRoot('node_modules/vitest/vitest.mjs'), ...words], {
    env: modernEnvironment(),
  });
  const report = read(file);
  const broken = report?.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return counted(code, report?.numPassedTests ?? 0, (report?.numFailedTests ?? 0) + (broken?.length ?? 0));
}

/** Runs the tests in the real editor and counts them. */
export async function playwrightReport(words = [], more = {}) {
  const file = fresh('e2e');
  const config = inRoot('test/e2e/playwright.config.ts');
  const code = await run(
    modernNode(),
    [inRoot('node_modules/@playwright/test/cli.js'), 'test', '--config', config, ...words],
    {
      env: { ...modernEnvironment(), PLAYWRIGHT_JSON_OUTPUT_FILE: file, ...more },
    },
  );
  const stats = read(file)?.stats;
  return counted(code, (stats?.expected ?? 0) + (stats?.flaky ?? 0), stats?.unexpected ?? 0);
}

/** A runner that failed without a failed test (an error between tests, a crash) still counts as one. */
function counted(code, passed, failed) {
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}

function fresh(name) {
  const file = inCache('test', `${name}.json`);
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  return file;
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
