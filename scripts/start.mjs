/** `npm start`: opens VS Code with Trainyard installed on `samples/digits`. README.md says how to use it. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { must, which } from './command.mjs';
import { mustBeFree } from './editorDoor.mjs';
import { ensureEditor } from './editorInstall.mjs';
import { installVsix, startEditor } from './editorServer.mjs';
import { Failure, main } from './failure.mjs';
import { checkNode } from './nodes.mjs';
import { ensurePackages } from './packages.mjs';
import { inCache, inRoot } from './repository.mjs';
import { fingerprint, once } from './stamp.mjs';
import { ensureVsix, vsix } from './vsix.mjs';

const usage = 'Usage: npm start -- [--browser] [--port N]';
const folder = inRoot('samples', 'digits');
const profile = inCache('editor');

await main(async () => {
  checkNode();
  const { browser, port } = readWords();
  const code = which('code');
  const embedded = browser || port !== undefined || !code;
  // Before minutes of installing, not after them.
  if (port) await mustBeFree(port);
  await ensurePackages();
  if (embedded) await ensureEditor();
  await ensureVsix();
  await (embedded ? openEmbedded(port) : openDesktop(code));
});

function readWords() {
  let values;
  try {
    ({ values } = parseArgs({ options: { browser: { type: 'boolean' }, port: { type: 'string' } } }));
  } catch (error) {
    throw new Failure(`${error.message}\n${usage}`);
  }
  const { browser = false, port } = values;
  if (port === undefined) return { browser };
  if (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65535)
    return { browser, port: Number(port) };
  throw new Failure(`--port must be a whole number from 1 to 65535, not: ${port}\n${usage}`);
}

async function openDesktop(code) {
  const options = process.platform === 'win32' ? { shell: true } : {};
  const remedy =
    'See the messages above; `npm start -- --browser` opens an editor of its own in the browser instead.';
  await must(
    'Installing Trainyard in VS Code',
    remedy,
    code,
    ['--install-extension', vsix, '--force'],
    options,
  );
  await must('Opening VS Code', remedy, code, [folder], options);
  console.log('VS Code opens on samples/digits. Click the Trainyard icon in the activity bar.');
}

async function openEmbedded(port) {
  await once(inCache('editor', 'installed'), fingerprint([vsix]), () => installVsix(profile, vsix));
  writeFirstSettings();
  console.log('Starting the editor …');
  const editor = await startEditor({ profile, folder, port, token: ownToken() });
  console.log('Open this address in a browser on this machine. Ctrl+C stops the editor; jobs go on.');
  console.log(editor.address);
  await editor.ended;
  await editor.stop();
  throw new Failure(`The editor ended by itself. Its output is in ${inCache('editor', 'server.log')}.`);
}

/** What a first look should show: the sample and Trainyard. Later changes are the person's own and stay. */
function writeFirstSettings() {
  const file = join(profile, 'user-data', 'User', 'settings.json');
  if (existsSync(file)) return;
  const settings = {
    'workbench.startupEditor': 'readme',
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'remote.autoForwardPorts': false,
    'git.openRepositoryInParentFolders': 'never',
  };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(settings, null, 2)}\n`);
}

/** The same at each start, so that an open tab finds the editor again. */
function ownToken() {
  const file = inCache('editor', 'token');
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const token = randomBytes(24).toString('base64url');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, token, { mode: 0o600 });
    return token;
  }
}
