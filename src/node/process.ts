import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { CancelledError, ProviderError, throwIfCancelled } from '../core/errors';

/** The environment of a process; `undefined` leaves a variable out. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Environment;
  /** Milliseconds after which it is killed, `timedOut` set. Default: no limit. */
  readonly timeout?: number;
  /** Longest stdout and stderr that are kept, in bytes each; the rest is dropped. Default 1 MiB. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  /** `null` when a signal ended it or it timed out. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/**
 * Runs a program to its end. Takes an argument vector and never a shell string. Rejects with the system's error where it
 * can't be started (`ENOENT`, `E2BIG`…), and with `CancelledError` once `signal` is aborted. A program that not even SIGKILL ends,
 * as an nvidia-smi that hangs in its driver, is left behind when its time is up.
 */
export function run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<RunResult> {
  throwIfCancelled(options.signal);
  const [program, ...words] = argv;
  const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
  const child = spawn(program, words, {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: definedOnly(options.env ?? process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const output = [child.stdout, child.stderr].map((stream) => collect(stream, options.maxBytes ?? 1 << 20));
  const finish = (code: number | null, timedOut: boolean) => {
    const [stdout = '', stderr = ''] = output.map((text) => text());
    resolve({ code, stdout, stderr, timedOut });
  };
  const abandon = () => {
    child.kill('SIGKILL');
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
  };
  const timer = setTimeout(() => {
    abandon();
    finish(null, true);
  }, options.timeout ?? 0x7fffffff);
  const cancel = () => {
    abandon();
    reject(new CancelledError());
  };
  options.signal?.addEventListener('abort', cancel, { once: true });
  child.once('error', reject);
  child.once('close', (code) => {
    finish(code, false);
  });
  return promise.finally(() => {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', cancel);
  });
}

export interface Detached {
  readonly pid: number;
  /** Its exit code, or -1 for a signal. Never keeps this process alive. */
  readonly ended: Promise<number>;
}

/**
 * Starts a program that outlives this process: a session of its own, no terminal, no pipes. Resolves once it runs; rejects
 * with the system's error where it can't.
 */
export function startDetached(
  argv: readonly [string, ...string[]],
  options: { readonly cwd: string; readonly env: Environment },
): Promise<Detached> {
  const [program, ...words] = argv;
  const { promise, resolve, reject } = Promise.withResolvers<Detached>();
  const child = spawn(program, words, {
    cwd: options.cwd,
    env: definedOnly(options.env),
    stdio: 'ignore',
    detached: true,
    windowsHide: true,
  });
  const ended = new Promise<number>((done) => {
    child.once('exit', (code) => {
      done(code ?? -1);
    });
  });
  child.once('error', reject);
  child.once('spawn', () => {
    child.unref();
    resolve({ pid: child.pid ?? 0, ended });
  });
  return promise;
}

/** Names one process for ever: a pid alone is used again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, as the system says it; see `startToken`. */
  readonly token: string;
}

/**
 * When the process started, or `undefined` when there is none or only its zombie; throws as `toldOfProcess` does. On Linux field 22 of /proc/PID/stat, elsewhere
 * `ps -o lstart=` with _ for spaces: the same text as in the launcher's `pid` files (src/remote/processes.sh).
 */
export async function startToken(pid: number): Promise<string | undefined> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (process.platform === 'linux') return linuxStartToken(pid);
  const argv: [string, ...string[]] =
    process.platform === 'win32'
      ? ['powershell.exe', '-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.Ticks`]
      : ['ps', '-o', 'lstart=', '-p', String(pid)];
  return (await toldOfProcess(argv)).trim().split(/\s+/).join('_') || undefined;
}

/**
 * What a program of the system says of a process; empty where there is none. Throws `ProviderError` of kind `unavailable` where it does not
 * answer, as on a machine that is busy: a process that lives must not be taken for one that has ended.
 */
export async function toldOfProcess(argv: readonly [string, ...string[]]): Promise<string> {
  const { code, stdout } = await run(argv, { timeout: 10_000 });
  if (code === null)
    throw new ProviderError('unavailable', `This computer does not say which programs run: ${argv[0]}`);
  return stdout;
}

/** Whether this very process still runs, and not another one that got its pid. Throws as `toldOfProcess` does. */
export async function isAlive({ pid, token }: ProcessIdentity): Promise<boolean> {
  return token !== '' && (await startToken(pid)) === token;
}

let own: Promise<ProcessIdentity> | undefined;

/** The process that this code runs in. */
export function thisProcess(): Promise<ProcessIdentity> {
  own ??= startToken(process.pid).then((token) => ({ pid: process.pid, token: token ?? '' }));
  own.catch(() => {
    own = undefined;
  });
  return own;
}

function linuxStartToken(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The program's name may hold spaces and brackets; what follows the last bracket does not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

function collect(stream: NodeJS.ReadableStream, maxBytes: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < maxBytes) chunks.push(chunk.subarray(0, maxBytes - size));
    size += chunk.length;
  });
  stream.on('error', () => undefined);
  return () => Buffer.concat(chunks).toString('utf8');
}

function definedOnly(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}
