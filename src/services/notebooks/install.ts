import { CancelledError, ProviderError, throwIfCancelled } from '../../core/errors';
import type { Machine } from '../../core/machine';
import { installFailure, unableToInstall } from './installFailure';
import type { FoundServer, ServerScript } from './serverScript';

/** What a person needs to know before they agree. */
export interface InstallQuestion {
  readonly packages: readonly string[];
  /** As people write it. */
  readonly place: string;
  readonly python: string;
  /** What it takes on the disk there. */
  readonly bytes: number;
  readonly freeBytes?: number;
}

export interface InstallPrompts {
  install(question: InstallQuestion): Promise<boolean>;
  progress(message: string): void;
}

/** Measured: an environment of its own with these, on Linux with Python 3.11. */
const bytes = 155e6;

/** Versions that the server's program is tested with. */
export const packages = ['jupyter-server>=2.14,<3', 'ipykernel>=6.29,<8'];

/**
 * Makes our own environment with Jupyter in it, after asking. Throws `CancelledError` where the person declined or stopped it, and a
 * `ProviderError` that says what is missing.
 */
export async function install(
  machine: Machine,
  script: ServerScript,
  { pythons, freeBytes }: FoundServer,
  prompts: InstallPrompts,
  signal: AbortSignal,
): Promise<void> {
  const python = pythons.find(({ venv }) => venv);
  if (!python) throw unableToInstall(machine, pythons.length > 0);
  if (freeBytes !== undefined && freeBytes < bytes * 2)
    throw new ProviderError(
      'unavailable',
      `The disk of ${machine.label} is too full for Jupyter. Free 400 MB there and try again.`,
    );
  const asked = {
    packages,
    place: '~/.trainyard/jupyter/venv',
    python: `Python ${python.version} (${python.path})`,
    bytes,
    ...(freeBytes !== undefined && { freeBytes }),
  };
  if (!(await prompts.install(asked))) throw new CancelledError();
  await pip(machine, await script.words('install', python.path, ...packages), prompts, signal);
}

async function pip(
  machine: Machine,
  argv: readonly string[],
  prompts: InstallPrompts,
  signal: AbortSignal,
): Promise<void> {
  throwIfCancelled(signal);
  const process = await machine.start(argv, {}, new AbortController().signal);
  let group: string | undefined;
  const stop = () => {
    // The program goes on without its channel, so it is ended by its group, which its first line names.
    if (group === undefined) return;
    const kill: [string, ...string[]] = ['kill', '-TERM', '--', `-${group}`];
    void machine.run(kill, {}, new AbortController().signal).catch(() => undefined);
    process.close();
  };
  signal.addEventListener('abort', stop, { once: true });
  let said = '';
  try {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of process.output) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop()?.slice(-4096) ?? '';
      for (const line of lines) {
        group ??= /^group (\d{1,9})$/.exec(line)?.[1];
        if (signal.aborted) stop();
        if (/^(?:Collecting|Downloading|Installing|Using)/.test(line)) prompts.progress(line.slice(0, 80));
      }
      const own = lines.filter((line) => !/^group \d/.test(line));
      said = (said + own.map((line) => `${line}\n`).join('')).slice(-8192);
    }
    const { code, stderr } = await process.ended;
    throwIfCancelled(signal);
    if (code !== 0) throw installFailure(machine, said + rest + stderr);
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
