import { delimiter, dirname, join } from 'node:path';
import { existsSync } from 'node:fs';
import { Failure } from './failure.mjs';
import { inRoot } from './repository.mjs';
import { isProgram, which } from './command.mjs';

const windows = process.platform === 'win32';

/** The Node 24 that npm installed here as a plain package, one for each platform; `undefined` before `npm ci`. */
export function packagedNode() {
  const system = windows ? 'win' : process.platform;
  const file = windows ? 'node.exe' : 'node';
  return [`node-${system}-${process.arch}`, `node-bin-${system}-${process.arch}`]
    .map((name) => inRoot('node_modules', name, 'bin', file))
    .find(isProgram);
}

/** The Node that builds and tests: the packaged one, or this very one where it is new enough. */
export function modernNode() {
  const packaged = packagedNode();
  if (packaged) return packaged;
  if (isAtLeast(process.versions.node, 22, 13)) return process.execPath;
  throw new Failure(
    `There is no packaged Node 24 for ${process.platform} on ${process.arch}, and Node ${process.versions.node} is too old. Install Node 24 from https://nodejs.org.`,
  );
}

/** This process's environment for programs under `modernNode()`: `node` is that one, and so are its headers. */
export function modernEnvironment() {
  const bin = dirname(modernNode());
  // What the npm that started this script says of itself and of its Node: another npm would believe it, and so would
  // install scripts. The user's own npm settings stay.
  const foreign = /^npm_(?!config_)|^npm_config_(user_agent|local_prefix|npm_version|node_gyp)$/i;
  const kept = Object.fromEntries(Object.entries(process.env).filter(([key]) => !foreign.test(key)));
  const name = Object.keys(kept).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  const headers = dirname(bin);
  return {
    ...kept,
    [name]: `${bin}${delimiter}${kept[name] ?? ''}`,
    // A nodedir from the user's npm settings belongs to another Node.
    ...(existsSync(join(headers, 'include', 'node')) ? { npm_config_nodedir: headers } : {}),
  };
}

/** How to start npm without a shell: the program and its first words. Under `node` where one is given. */
export function npmCommand(node = process.execPath) {
  const script = [
    process.env.npm_execpath,
    join(dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js'),
    join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js'),
  ].find((path) => path?.endsWith('npm-cli.js') && existsSync(path));
  if (script) return [node, script];
  const npm = which('npm');
  if (npm && !windows) return [npm];
  throw new Failure('npm is missing. Install Node 24 from https://nodejs.org: npm comes with it.');
}

function isAtLeast(version, major, minor) {
  const [ours, theirs] = [version.split('.').map(Number), [major, minor]];
  return ours[0] > theirs[0] || (ours[0] === theirs[0] && ours[1] >= theirs[1]);
}

/** The scripts themselves run on any Node that is still maintained or was a moment ago. */
export function checkNode() {
  if (isAtLeast(process.versions.node, 20, 0)) return;
  throw new Failure(
    `Trainyard needs Node 20 or later; this is ${process.versions.node}. Get it from https://nodejs.org.`,
  );
}
