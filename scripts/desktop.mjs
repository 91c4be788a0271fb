/**
 * `npm run test:desktop`: the tests of `test/e2e` in desktop VS Code, which it downloads. `npm test` runs the same tests in
 * the embedded editor.
 *
 *   npm run test:desktop -- --vscode 1.105.0      in that version; by default the latest
 */
import { parseArgs } from 'node:util';
import { Failure, main } from './failure.mjs';
import { checkNode } from './nodes.mjs';
import { ensurePackages } from './packages.mjs';
import { ensurePython } from './python.mjs';
import { inCache } from './repository.mjs';
import { playwrightReport } from './testReport.mjs';
import { ensureVsix } from './vsix.mjs';

await main(async () => {
  checkNode();
  const { values } = parseArgs({ options: { vscode: { type: 'string', default: 'stable' } } });
  await ensurePackages();
  const program = await download(values.vscode);
  await ensurePython();
  await ensureVsix();
  const { failed } = await playwrightReport([], { TRAINYARD_TEST_VSCODE: program });
  process.exitCode = failed > 0 ? 1 : 0;
});

async function download(version) {
  const { downloadAndUnzipVSCode } = await import('@vscode/test-electron');
  try {
    return await downloadAndUnzipVSCode({ version, cachePath: inCache('vscode') });
  } catch (error) {
    throw new Failure(
      `VS Code ${version} could not be downloaded: ${error.message}\nThis needs update.code.visualstudio.com. Without it, \`npm test\` runs the same tests in the embedded editor.`,
    );
  }
}
