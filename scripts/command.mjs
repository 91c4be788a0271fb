import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Failure } from './failure.mjs';
import { root } from './repository.mjs';

const windows = process.platform === 'win32';
/** Every child that runs now; each leads a process group of its own, so that its children end with it. */
const running = new Set();

const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
for (const signal of Object.keys(numbers)) process.on(signal, () => stop(128 + numbers[signal]));

// npm hands a signal to the shell that it starts scripts with, and that one dies of it without telling this script.
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void stop(129);
  }, 500).unref();
}

async function stop(code) {
  await Promise.all([...running].map((child) => end(child)));
  process.exit(code);
}

process.on('exit', () => {
  for (const child of running) signalGroup(child, 'SIGKILL');
});

/**
 * Starts a program, never through a shell. It ends with this script, whatever ends this script short of `kill -9`.
 *
 * @param {string} program
 * @param {readonly string[]} words
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export function start(program, words, options = {}) {
  const child = spawn(program, words, { cwd: root, stdio: 'inherit', detached: !windows, ...options });
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

/** Runs a program to its end, its output shown as it comes; gives its exit code (128 + n after signal n). */
export async function run(program, words, options) {
  const child = start(program, words, options);
  const [code, signal] = await once(child, 'exit').catch((error) => {
    throw new Failure(`Could not start ${program}: ${error.message}`);
  });
  return code ?? 128 + (signal === 'SIGKILL' ? 9 : 15);
}

/** Runs a program that must succeed. `why` says what for, and `remedy` what to do when it fails. */
export async function must(why, remedy, program, words, options) {
  const code = await run(program, words, options);
  if (code === 0) return;
  throw new Failure(`${why} failed: \`${[program, ...words].join(' ')}\` ended with code ${code}. ${remedy}`);
}

/** Ends a child with everything it started: SIGTERM, then SIGKILL after five seconds. */
export async function end(child) {
  if (!running.has(child)) return;
  const ended = once(child, 'exit');
  signalGroup(child, 'SIGTERM');
  const hard = setTimeout(() => signalGroup(child, 'SIGKILL'), 5000);
  await ended;
  clearTimeout(hard);
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child, signal) {
  try {
    if (windows) child.kill(signal);
    else if (child.pid) process.kill(-child.pid, signal);
  } catch {
    // It is gone already.
  }
}

/** The full path of a program on the PATH. */
export function which(name) {
  const endings = windows ? ['.exe', '.cmd', '.bat'] : [''];
  return (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => endings.map((ending) => join(folder, name + ending)))
    .find(isProgram);
}

export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
