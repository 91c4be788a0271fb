import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../../../core/errors';
import type { CallOptions, Machine, RemoteProcess, RunOptions, RunOutput } from '../../../core/machine';
import { tar } from '../../../node/tarWriter';
import { launcherFiles } from '../../launched/launcherFiles';
import { hostFailure } from './hostFailure';

/** A verb of one of the scripts, with its words. */
export type Verb = readonly ['host.sh' | 'upload.sh', ...string[]];

const files = [
  ...launcherFiles,
  'host.sh',
  'hostProbe.sh',
  'jobClaim.sh',
  'jobEnd.sh',
  'jobFollow.sh',
  'jobReport.sh',
  'jobStart.sh',
  'upload.sh',
];

/** Says that the scripts are not there. */
const absent = 90;

const locate = 'scripts=$HOME/.trainyard/launcher/$1; [ -d "$scripts" ] || exit 90; shift; name=$1; shift; ';

/**
 * Our scripts on a machine, in `~/.trainyard/launcher/<version>`: brought there at the first use, and left alone by other versions. A job has
 * its own copy.
 */
export class HostScripts {
  private version: Promise<string> | undefined;
  private installing: Promise<void> | undefined;
  /** As far as is known. */
  private present = false;

  constructor(
    /** What a person calls the host. */
    readonly alias: string,
    readonly machine: Machine,
    /** Absolute path of `src/remote`, or what became of it. */
    private readonly remoteFolder: string,
  ) {}

  /** Runs a verb to its end, whatever that is. */
  async run(verb: Verb, options: RunOptions, signal: AbortSignal): Promise<RunOutput> {
    const first = await this.machine.run(await this.words(verb), options, signal);
    this.present = first.code !== absent;
    if (this.present) return first;
    await this.install(options, signal);
    return this.machine.run(await this.words(verb), options, signal);
  }

  /** Runs a verb that has to succeed, and gives what it printed. `what` could not be done otherwise, such as `The job can’t be stopped`. */
  async ask(verb: Verb, what: string, options: RunOptions, signal: AbortSignal): Promise<string> {
    const output = await this.run(verb, options, signal);
    if (output.code !== 0) throw hostFailure(this.alias, what, output);
    return output.stdout;
  }

  /** Starts a verb and leaves it to the caller. */
  async start(verb: Verb, options: CallOptions, signal: AbortSignal): Promise<RemoteProcess> {
    if (!this.present) await this.look(options, signal);
    const program = await this.machine.start(await this.words(verb), options, signal);
    void program.ended.then(
      ({ code }) => {
        if (code === absent) this.present = false;
      },
      () => undefined,
    );
    return program;
  }

  private async look(options: CallOptions, signal: AbortSignal): Promise<void> {
    const argv = ['sh', '-c', `${locate}:`, 'trainyard', await this.versioned(), 'host.sh'] as const;
    const { code } = await this.machine.run([...argv], options, signal);
    if (code !== 0) await this.install(options, signal);
    this.present = true;
  }

  /**
   * Runs `script` by sh on its stdin, in the environment of a login shell: what a profile sets is there, and nothing of the script on the
   * disk or in an argument list.
   */
  login(script: string, options: RunOptions, signal: AbortSignal): Promise<RunOutput> {
    // A profile may read and print what it likes.
    const shell =
      'exec 3<&0 4>&1; if command -v bash >/dev/null; then set -- bash; else set -- sh; fi; exec "$1" -lc "exec sh -s <&3 >&4 3<&- 4>&-" </dev/null >/dev/null';
    return this.machine.run(['sh', '-c', shell], { ...options, input: script }, signal);
  }

  private async words([script, ...words]: Verb): Promise<[string, ...string[]]> {
    return [
      'sh',
      '-c',
      `${locate}exec sh "$scripts/$name" "$@"`,
      'trainyard',
      await this.versioned(),
      script,
      ...words,
    ];
  }

  private install(options: CallOptions, signal: AbortSignal): Promise<void> {
    return (this.installing ??= this.bring(options, signal).finally(() => {
      this.installing = undefined;
    }));
  }

  private async bring({ quiet }: CallOptions, signal: AbortSignal): Promise<void> {
    const version = await this.versioned();
    const chunks: Uint8Array[] = [];
    const entries = files.map((name) => ({
      kind: 'text' as const,
      path: name,
      text: '',
      source: join(this.remoteFolder, name),
    }));
    const filled = await Promise.all(
      entries.map(async ({ source, ...entry }) => ({ ...entry, text: await readFile(source) })),
    );
    for await (const chunk of tar(filled)) chunks.push(chunk);
    const script = `umask 077; cd "$HOME" && mkdir -p .trainyard/launcher/.$1.$$ && cd .trainyard/launcher || exit 73
command -v tar >/dev/null || { echo 'There is no tar.' >&2; exit 73; }
if tar -C .$1.$$ -xof - && { mv .$1.$$ $1 2>/dev/null; [ -d $1 ]; }; then code=0; else code=73; fi
rm -rf .$1.$$ $1/.$1.$$
exit $code`;
    const argv = ['sh', '-c', script, 'trainyard', version] as const;
    const options = { input: Buffer.concat(chunks), ...(quiet !== undefined && { quiet }) };
    const output = await this.machine.run([...argv], options, signal);
    if (output.code !== 0) throw hostFailure(this.alias, 'Trainyard’s scripts can’t be put there', output);
  }

  /** Names what the scripts are, by their contents. */
  private versioned(): Promise<string> {
    return (this.version ??= (async () => {
      const hash = createHash('sha256');
      for (const name of files) hash.update(name).update(await readFile(join(this.remoteFolder, name)));
      return hash.digest('hex').slice(0, 16);
    })());
  }
}

/** An answer of a script that makes no sense, as from a machine whose login shell prints into everything. */
export function oddAnswer(alias: string, answer: string): ProviderError {
  const said = answer.trim().slice(0, 200);
  return new ProviderError(
    'unavailable',
    `${alias} gave an answer that makes no sense: ${said || 'nothing'}`,
  );
}
