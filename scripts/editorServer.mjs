import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { end, must, start } from './command.mjs';
import { openDoor } from './editorDoor.mjs';
import { editorCommand } from './editorInstall.mjs';
import { Failure } from './failure.mjs';
import { modernNode } from './nodes.mjs';
import { inRoot } from './repository.mjs';

/** Longer than a slow disk needs; a start takes two seconds. */
const patience = 60_000;

const profileWords = (profile) => [
  ...['--user-data-dir', join(profile, 'user-data'), '--extensions-dir', join(profile, 'extensions')],
  // Otherwise its settings in the user's home folder would count.
  ...['--config', join(profile, 'config.yaml')],
  ...['--disable-telemetry', '--disable-update-check', '--disable-workspace-trust'],
];

/** Installs a VSIX into a profile of the embedded editor. */
export async function installVsix(profile, vsix) {
  mkdirSync(profile, { recursive: true });
  const [node, ...entry] = editorCommand();
  const words = [...entry, ...profileWords(profile), '--force', '--install-extension', vsix];
  await must('Installing Trainyard in the editor', 'See the messages above.', node, words, {
    env: cleanEnvironment(),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/**
 * Starts the embedded editor and gives its address once it answers there.
 *
 * @param {{ profile: string, folder: string, port?: number, token?: string, env?: Record<string, string> }} options
 */
export async function startEditor({
  profile,
  folder,
  port = 0,
  token = randomBytes(24).toString('base64url'),
  env = {},
}) {
  // Short, because a socket's path has at most 104 bytes; and in a folder that only this user may enter.
  const private_ = mkdtempSync(join(tmpdir(), 'trainyard-'));
  const socket = join(private_, 'editor.sock');
  const door = await openDoor({ socket, token, port }).catch((error) => {
    rmSync(private_, { recursive: true });
    throw error;
  });
  mkdirSync(profile, { recursive: true });
  const log = join(profile, 'server.log');
  const output = openSync(log, 'w');
  const [node, ...entry] = editorCommand();
  const words = [
    ...entry,
    ...profileWords(profile),
    '--auth',
    'none',
    '--socket',
    socket,
    '--socket-mode',
    '600',
  ];
  const child = start(modernNode(), [inRoot('scripts', 'leash.mjs'), node, ...words], {
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  const stop = async () => {
    door.close();
    await end(child);
  };
  child.once('exit', () => rmSync(private_, { recursive: true, force: true }));
  const address = door.address;
  address.searchParams.set('folder', folder);
  const deadline = Date.now() + patience;
  while ((await status(address)) !== 200) {
    if (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
      await delay(50);
      continue;
    }
    await stop();
    throw new Failure(
      `The embedded editor did not start. Its output, from ${log}:\n${readFileSync(log, 'utf8')}`,
    );
  }
  return {
    address: address.href,
    pid: child.pid,
    ended: new Promise((resolve) => child.once('exit', resolve)),
    stop,
  };
}

function status(address) {
  return new Promise((resolve) => {
    const asked = get(address, (reply) => resolve(reply.resume().statusCode));
    asked.on('error', () => resolve(undefined));
  });
}

/** This environment without what npm or a surrounding VS Code put there, which the editor would take for its own. */
function cleanEnvironment() {
  const strange = /^(npm_|VSCODE_|ELECTRON_|INIT_CWD$|PORT$|PASSWORD$)/i;
  const kept = Object.entries(process.env).filter(([name]) => !strange.test(name));
  const isNpms = (folder) => /node_modules[\\/](\.bin|@npmcli[\\/]run-script)/.test(folder);
  const PATH = (process.env.PATH ?? '').split(delimiter).filter((folder) => !isNpms(folder));
  return { ...Object.fromEntries(kept), PATH: PATH.join(delimiter) };
}
