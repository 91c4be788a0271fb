import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** In the environment of a process that was restarted, so that it never restarts again. */
const mark = 'TRAINYARD_RESTARTED';

/**
 * Returns when this process has `node:sqlite`. An older Node starts the same command line again under the newer one that
 * `npm install` put beside the program, hands over terminal, signals and exit code, and never returns; without one it
 * ends with exit code 2 and says what to install. Call it before anything that imports `node:sqlite`.
 *
 * @param argv as in `process.argv`: this Node, the program's path, its arguments
 */
export async function ensureModernNode(argv: readonly string[]): Promise<void> {
  silenceSqliteWarning();
  const restarted = process.env[mark] === '1';
  Reflect.deleteProperty(process.env, mark);
  if (restarted) followParent();
  if (hasSqlite()) return;
  const program = argv[1];
  const node = program && !restarted ? findNode(dirname(dirname(realpathSync(program)))) : undefined;
  if (!node) {
    process.stderr.write(
      `Trainyard needs Node 22.13 or later (24 is best). Install it from https://nodejs.org, then try again. This is Node ${process.version}.\n`,
    );
    process.exit(2);
  }
  await restart(node, argv.slice(1));
}

function hasSqlite(): boolean {
  // The first releases of Node 20 lack getBuiltinModule, whatever the types say.
  const { getBuiltinModule } = process as { getBuiltinModule?: (id: string) => unknown };
  return getBuiltinModule?.('node:sqlite') !== undefined;
}

/** The Node that npm installed under `folder`, which is the one with `dist/` in it. */
function findNode(folder: string): string | undefined {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  return [`node-${system}-${process.arch}`, `node-bin-${system}-${process.arch}`]
    .map((name) => join(folder, 'node_modules', name, 'bin', file))
    .find((path) => existsSync(path));
}

async function restart(node: string, words: readonly string[]): Promise<never> {
  const child = spawn(node, words, {
    // The channel carries nothing: its end tells the child that this process is gone.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [mark]: '1' },
  });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...how) => {
      resolve(how);
    });
  });
  if (signal) {
    for (const each of signals) process.off(each, forward);
    process.kill(process.pid, signal);
  }
  process.exit(code ?? 1);
}

function followParent(): void {
  // Who kills the process they started means this one too.
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel?.unref();
  // Ctrl+C reaches both processes, and the parent forwards it: the copy must not pass for a second Ctrl+C.
  process.once('SIGINT', () => {
    const ignore = () => undefined;
    process.on('SIGINT', ignore);
    setTimeout(() => process.off('SIGINT', ignore), 500).unref();
  });
}

/** Node still calls `node:sqlite` experimental and says so on stderr of every command. */
function silenceSqliteWarning(): void {
  const warn = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes('SQLite is an experimental feature')) warn(warning, ...rest);
  };
}
