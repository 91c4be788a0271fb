import { must } from './command.mjs';
import { ensureDebian } from './debian.mjs';
import { Failure } from './failure.mjs';
import { modernEnvironment, modernNode, npmCommand } from './nodes.mjs';
import { inCache, inRoot } from './repository.mjs';
import { fingerprint, once } from './stamp.mjs';

const folder = inRoot('test', 'e2e', 'editor');

/** Program and first words that start the embedded editor, a real VS Code served to a browser. */
export const editorCommand = () => [
  modernNode(),
  inRoot('test/e2e/editor/node_modules/code-server/out/node/entry.js'),
];

/** Installs the embedded editor, unless this very version is there already, built for this Node. */
export async function ensureEditor() {
  if (process.platform === 'win32') {
    throw new Failure(
      'The embedded editor does not run on Windows. Install VS Code, with `code` on the PATH.',
    );
  }
  const inputs = ['package.json', 'package-lock.json'].map((name) => inRoot('test/e2e/editor', name));
  // Inside what it vouches for, so that both go together.
  const stamp = inRoot('test/e2e/editor/node_modules/.trainyard-installed');
  await once(stamp, fingerprint(inputs, modernNode()), install);
}

async function install() {
  await ensureDebian(['libkrb5-dev', 'g++', 'make', 'python3'], 'building the embedded editor');
  console.log(
    'Installing the embedded editor, a real VS Code for the browser (two to four minutes, 1 GB, once) …',
  );
  const [program, ...words] = npmCommand(modernNode());
  // npm would hand down that warnings are wanted, and the editor's hundreds of packages have many.
  const env = { ...modernEnvironment(), npm_config_loglevel: 'error' };
  const remedy =
    'See the messages above; it needs the network, 1 GB of disk, a C++ compiler and Kerberos headers.';
  await must('Installing the embedded editor', remedy, program, [...words, 'ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    env,
  });
  const [node, ...entry] = editorCommand();
  const again = 'Delete test/e2e/editor/node_modules and run the same command again.';
  await must(
    'Starting the embedded editor',
    again,
    node,
    [...entry, '--config', inCache('editor', 'config.yaml'), '--version'],
    { env },
  );
}
