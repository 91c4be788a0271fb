/**
 * `npm test`: installs what is missing and runs every test, going on after a failure. Its last line says how it went.
 *
 *   npm test                  everything
 *   npm test -- lint unit     only these
 */
import { readdirSync, readFileSync } from 'node:fs';
import { ensureDebian } from './debian.mjs';
import { ensureEditor } from './editorInstall.mjs';
import { run } from './command.mjs';
import { Failure } from './failure.mjs';
import { checkNode, modernEnvironment, modernNode } from './nodes.mjs';
import { ensurePackages } from './packages.mjs';
import { ensureJupyter, ensureMoto, ensurePython } from './python.mjs';
import { inRoot } from './repository.mjs';
import { playwrightReport, single, vitestReport } from './testReport.mjs';
import { build, ensureVsix, pack } from './vsix.mjs';

const tool =
  (path, ...words) =>
  async () =>
    single(await run(modernNode(), [inRoot('node_modules', path), ...words], { env: modernEnvironment() }));

/** Each script that is started, with what it sources; what is only sourced has no first line that names a shell. */
const shellcheck = async () => {
  await ensureDebian(['shellcheck'], 'checking the shell scripts');
  const remote = readdirSync(inRoot('src/remote')).map((name) => `src/remote/${name}`);
  const started = ['.ci/run', ...remote].filter((name) =>
    readFileSync(inRoot(name), 'utf8').startsWith('#!'),
  );
  return single(await run('shellcheck', ['-x', '-a', '-P', 'SCRIPTDIR', ...started]));
};

const e2e = async () => {
  await ensureDebian(['chromium', 'openssh-server'], 'the tests in a real editor');
  await ensureEditor();
  await ensurePython();
  await ensureJupyter();
  await ensureMoto();
  await ensureVsix();
  return playwrightReport();
};

/** Every step: its name and what it does, giving how many tests passed and failed. In this order. */
const steps = [
  ['lint', tool('eslint/bin/eslint.js', '.')],
  ['format', tool('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.')],
  ['types', tool('typescript/bin/tsc', '--noEmit')],
  ['types-webviews', tool('typescript/bin/tsc', '--noEmit', '-p', 'webviews')],
  ['shellcheck', shellcheck],
  ['unit', () => vitestReport('unit')],
  ['manifest', () => vitestReport('manifest')],
  ['build', () => succeeds(build)],
  ['package', () => succeeds(pack)],
  [
    'contract',
    async () => {
      await ensureDebian(['openssh-server'], 'the tests over SSH');
      await ensurePython();
      await ensureJupyter();
      await ensureMoto();
      await build(); // Some drive the command line as it is shipped.
      return vitestReport('contract');
    },
  ],
  ['e2e', e2e],
];

async function succeeds(work) {
  await work();
  return single(0);
}

async function runStep(name, work) {
  console.log(`\n── ${name} ${'─'.repeat(Math.max(0, 76 - name.length))}`);
  const from = performance.now();
  const result = await work().catch((error) => {
    console.error(error instanceof Failure ? error.message : error);
    return single(1);
  });
  if (result.passed + result.failed === 0) {
    console.error(`No test ran in ${name}.`);
    result.failed = 1;
  }
  return { name, ...result, seconds: (performance.now() - from) / 1000 };
}

function chosen() {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !steps.some(([step]) => step === name));
  if (unknown.length === 0) return steps.filter(([step]) => wanted.length === 0 || wanted.includes(step));
  throw new Failure(
    `Unknown: ${unknown.join(', ')}. The steps are: ${steps.map(([step]) => step).join(', ')}.`,
  );
}

const results = [];
try {
  checkNode();
  const todo = chosen();
  await ensurePackages();
  for (const [name, work] of todo) results.push(await runStep(name, work));
} catch (error) {
  console.error(error instanceof Failure ? `\n${error.message}` : error);
  results.push({ name: 'preparation', ...single(1), seconds: 0 });
}
for (const { name, failures } of results)
  for (const failure of failures) console.log(`\n✗ ${name}: ${failure}`);
console.log('');
for (const { name, passed, failed, seconds } of results) {
  const counts = `${String(passed).padStart(5)} passed ${String(failed).padStart(5)} failed`;
  console.log(`  ${name.padEnd(16)}${counts} ${seconds.toFixed(1).padStart(8)} s`);
}
const total = (what) => results.reduce((sum, result) => sum + result[what], 0);
process.exitCode = total('failed') > 0 ? 1 : 0;
console.log(`\n${total('passed')} passed, ${total('failed')} failed`);
