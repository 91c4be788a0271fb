import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { run } from './command.mjs';
import { modernEnvironment, modernNode } from './nodes.mjs';
import { inCache, inRoot, root } from './repository.mjs';

/** The lines of one failure that are told again at the end: a log that was cut short has its end. */
const told = 12;

/** A check that passes or fails as one. */
export const single = (code) => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, failures: [] });

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
  const failures = (report?.testResults ?? []).flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (status === 'failed' && failed.length === 0) return [failure(name, message)];
    return failed.map((test) => failure(`${name}: ${test.fullName}`, test.failureMessages.join('\n')));
  });
  return counted(code, report?.numPassedTests ?? 0, failures);
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
  const report = read(file);
  const { expected = 0, flaky = 0 } = report?.stats ?? {};
  const failures = specsOf(report?.suites ?? [])
    .filter((spec) => !spec.ok)
    .map((spec) => [
      failure(`${spec.file}: ${spec.title}`, spec.tests.flatMap(errorsOf).join('\n')),
      ...spec.tests.flatMap(printedBy).map((line) => `    ${line}`),
    ])
    .map((lines) => lines.join('\n'));
  return counted(code, expected + flaky, failures);
}

const specsOf = (suites) => suites.flatMap(({ specs, suites: inner = [] }) => [...specs, ...specsOf(inner)]);
const errorsOf = (test) => test.results.flatMap(({ errors }) => errors.map(({ message }) => message));
/** What a test printed: of a failed one, what the screen showed. */
const printedBy = (test) =>
  test.results.flatMap(({ stdout = [] }) => stdout.flatMap(({ text = '' }) => text.trimEnd().split('\n')));

/** A runner that failed without a failed test (an error between tests, a crash) still counts as one. */
function counted(code, passed, failures) {
  const silent = code !== 0 && failures.length === 0;
  const all = silent ? [`The runner ended with code ${code}, and no test of it failed.`] : failures;
  return { passed, failed: all.length, failures: all };
}

/** A failed test as it is told at the end: which, and the first lines of why. */
function failure(name, why) {
  const lines = stripVTControlCharacters(why ?? '').split('\n');
  return [name.replace(`${root}/`, ''), ...lines.slice(0, told).map((line) => `    ${line}`)].join('\n');
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
