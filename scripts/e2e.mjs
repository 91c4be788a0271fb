/**
 * `npm run e2e`: the tests in the real editor, with Playwright's own options after `--`:
 *
 *   npm run e2e -- -g "stop"      those whose names match
 */
import { ensureDebian } from './debian.mjs';
import { ensureEditor } from './editorInstall.mjs';
import { main } from './failure.mjs';
import { checkNode } from './nodes.mjs';
import { ensurePackages } from './packages.mjs';
import { ensureJupyter, ensureMoto, ensurePython } from './python.mjs';
import { playwrightReport } from './testReport.mjs';
import { ensureVsix } from './vsix.mjs';

await main(async () => {
  checkNode();
  await ensurePackages();
  await ensureDebian(['chromium'], 'the tests in a real editor');
  await ensureEditor();
  await ensurePython();
  await ensureJupyter();
  await ensureMoto();
  await ensureVsix();
  const { failed } = await playwrightReport(process.argv.slice(2));
  process.exitCode = failed > 0 ? 1 : 0;
});
