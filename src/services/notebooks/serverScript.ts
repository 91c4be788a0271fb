import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../../core/errors';
import type { CallOptions, Machine } from '../../core/machine';

/** The server that runs, or ran, on a machine. */
export interface ServerRecord {
  readonly port: number;
  readonly pid: number;
  /** With the pid, it names the process for ever. */
  readonly started: string;
  /** Names the time since the machine was last started; empty where it has no name. */
  readonly boot: string;
  /** Of the program's text. */
  readonly hash: string;
}

export interface RunningServer extends ServerRecord {
  readonly token: string;
}

/** A Python on the machine. */
export interface MachinePython {
  readonly path: string;
  readonly version: string;
  /** Has jupyter-server 2 or later. */
  readonly server: boolean;
  readonly kernel: boolean;
  /** Can make an environment. */
  readonly venv: boolean;
}

/** What a look at a machine finds. */
export interface FoundServer {
  readonly running?: RunningServer;
  /** The last one, where it no longer runs. */
  readonly gone?: ServerRecord;
  readonly pythons: readonly MachinePython[];
  /** Of the disk with the home folder; absent where it is not known. */
  readonly freeBytes?: number;
}

/** The parts of the server's program in `src/remote`, in the order in which Python reads them. */
const parts = ['Cells', 'Kernels', 'Specs', 'Handlers', 'Server'].map((noun) => `notebook${noun}.py`);

/** The program of the notebook server as the one file that a machine gets. */
export async function serverProgram(remoteFolder: string): Promise<string> {
  const texts = await Promise.all(parts.map((name) => readFile(join(remoteFolder, name), 'utf8')));
  return texts.join('\n\n');
}

/** `src/remote/notebooks.sh` and what it starts, read once. */
export class ServerScript {
  private texts: Promise<{ script: string; server: string; hash: string }> | undefined;

  constructor(private readonly remoteFolder: string) {}

  private read() {
    return (this.texts ??= (async () => {
      const [script, server] = await Promise.all([
        readFile(join(this.remoteFolder, 'notebooks.sh'), 'utf8'),
        serverProgram(this.remoteFolder),
      ]);
      return { script, server, hash: createHash('sha256').update(server).digest('hex').slice(0, 12) };
    })());
  }

  /** Of the server that this Trainyard brings. */
  async hash(): Promise<string> {
    return (await this.read()).hash;
  }

  async words(verb: string, ...words: readonly string[]): Promise<[string, ...string[]]> {
    return ['sh', '-c', (await this.read()).script, 'notebooks', verb, ...words];
  }

  async find(
    machine: Machine,
    folder: string,
    options: CallOptions,
    signal: AbortSignal,
  ): Promise<FoundServer> {
    const argv = await this.words('find', folder);
    const { stdout, code, stderr } = await machine.run(argv, { ...options, timeout: 120_000 }, signal);
    if (code !== 0) throw failed(machine, 'look for Jupyter', stderr);
    return parseFound(stdout);
  }

  async start(machine: Machine, python: string, folder: string, signal: AbortSignal): Promise<RunningServer> {
    const { server, hash } = await this.read();
    const argv = await this.words('start', python, hash, folder);
    const { stdout, code, stderr } = await machine.run(argv, { input: server, timeout: 60_000 }, signal);
    const { running } = parseFound(stdout);
    if (code !== 0 || !running) throw failed(machine, 'start the notebook server', stderr);
    return running;
  }

  /** Ends `only` that one, where it is given. */
  async end(machine: Machine, only: ServerRecord | undefined, signal: AbortSignal): Promise<void> {
    const named = only ? [String(only.pid), only.started] : [];
    await machine.run(await this.words('end', ...named), {}, signal);
  }
}

/** Reads the lines of `notebooks.sh`; what is none of them is left out. */
export function parseFound(text: string): FoundServer {
  let record: ServerRecord | undefined;
  let token: string | undefined;
  let gone: ServerRecord | undefined;
  let freeBytes: number | undefined;
  const pythons: MachinePython[] = [];
  for (const line of text.split('\n')) {
    const [word, rest] = split(line);
    if (word === 'server') record = parseRecord(rest);
    else if (word === 'gone') gone = parseRecord(rest);
    else if (word === 'token' && /^[0-9a-f]{16,}$/.test(rest)) token = rest;
    else if (word === 'free' && /^\d{1,15}$/.test(rest)) freeBytes = Number(rest) * 1024;
    else if (word === 'python') {
      const [path = '', version = '', server, kernel, venv] = rest.split(' ');
      if (path.startsWith('/'))
        pythons.push({ path, version, server: server === '1', kernel: kernel === '1', venv: venv === '1' });
    }
  }
  return {
    ...(record && token !== undefined && { running: { ...record, token } }),
    ...(gone && { gone }),
    pythons,
    ...(freeBytes !== undefined && { freeBytes }),
  };
}

function parseRecord(text: string): ServerRecord | undefined {
  try {
    const { port, pid, started, boot, hash } = JSON.parse(text) as Record<string, unknown>;
    if (!isPort(port) || typeof pid !== 'number' || typeof started !== 'string') return undefined;
    return { port, pid, started, boot: typeof boot === 'string' ? boot : '', hash: String(hash) };
  } catch {
    return undefined;
  }
}

function isPort(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0 && Number(value) < 65_536;
}

function split(line: string): [string, string] {
  const at = line.indexOf(' ');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}

export function failed(machine: Machine, what: string, said: string): ProviderError {
  const last = said.trim().split('\n').slice(-5).join('\n').slice(-600);
  return new ProviderError(
    'unavailable',
    `Trainyard could not ${what} on ${machine.label}: ${last || 'it said nothing'}`,
  );
}
