import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../../core/errors';
import type { CallOptions, Machine } from '../../core/machine';
import { readOwnStop, type OwnStop } from '../../core/watchdog/ownStop';
import { readStopProspect, type StopProspect } from '../../core/watchdog/stopProspect';
import { watchdogConfig, type WatchdogOptions } from '../../core/watchdog/watchdogOptions';
import { shellQuote } from '../../node/shellQuote';

/** What is sent; `watchdog.sh` reads the others. */
const scripts = [
  'processes.sh',
  'records.sh',
  'watchdogGpu.sh',
  'watchdogKernels.sh',
  'watchdogRules.sh',
  'watchdogSetup.sh',
  'watchdogSignals.sh',
  'watchdogStop.sh',
  'watchdog.sh',
];

/** Says that it is not armed where there is none. */
const call = `w=$HOME/.trainyard/watchdog/watchdog.sh
if [ -f "$w" ]; then exec sh "$w" "$@"; fi
[ "$1" = status ] || [ "$1" = disarm ] || { echo 'The watchdog is not armed on this machine.' >&2; exit 1; }
echo '{"v":1,"armed":false}'`;

/** The watchdog's script on a machine, over any connection. */
export class WatchdogHost {
  /** @param remoteFolder Absolute path of the folder with the scripts. */
  constructor(private readonly remoteFolder: string) {}

  /** Looks what arming would find there; changes nothing and leaves nothing. */
  async probe(machine: Machine, signal: AbortSignal): Promise<StopProspect> {
    const input = await readFile(join(this.remoteFolder, 'watchdogProbe.sh'), 'utf8');
    const output = await machine.run(['sh', '-s'], { input, timeout: 60_000 }, signal);
    if (output.code !== 0) throw refused(machine, 'can’t be looked at for a way to stop it', output.stderr);
    return readStopProspect(output.stdout);
  }

  /** Looks whether a stop command could run there; runs none of it. */
  async lookAtOwnStop(machine: Machine, command: string, signal: AbortSignal): Promise<OwnStop> {
    const script = await readFile(join(this.remoteFolder, 'watchdogOwnStop.sh'), 'utf8');
    // Over stdin, for it may hold a key.
    const input = `own=${shellQuote(command)}\n${script}`;
    const output = await machine.run(['sh', '-s'], { input, timeout: 30_000 }, signal);
    return readOwnStop(command, output.stdout);
  }

  /** Puts it in place, in one step for whoever looks, and starts it. Gives its status. */
  async arm(machine: Machine, options: WatchdogOptions, signal: AbortSignal): Promise<string> {
    const files = await Promise.all(
      scripts.map(async (name) => [name, await readFile(join(this.remoteFolder, name), 'utf8')] as const),
    );
    const version = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12);
    const all = [...files, ['config', watchdogConfig(options, version)] as const];
    if (options.stopCommand !== undefined) all.push(['stop', `${options.stopCommand}\n`]);
    const output = await machine.run(['sh', '-s'], { input: installer(all), timeout: 60_000 }, signal);
    if (output.code !== 0) throw refused(machine, 'could not be armed', output.stderr);
    return output.stdout;
  }

  /** Runs a verb of the script that is there, and gives what it printed. */
  async run(
    machine: Machine,
    verb: 'status' | 'hold' | 'lease' | 'disarm',
    word: string | undefined,
    options: CallOptions,
    signal: AbortSignal,
  ): Promise<string> {
    const words = word === undefined ? [verb] : [verb, word];
    const output = await machine.run(
      ['sh', '-c', call, 'sh', ...words],
      { ...options, timeout: 30_000 },
      signal,
    );
    if (output.code !== 0) throw refused(machine, `can’t do this: ${verb}`, output.stderr);
    return output.stdout;
  }

  /** The end of what it decided, a line each; empty where it was never armed. */
  async journal(machine: Machine, signal: AbortSignal): Promise<string> {
    const script = 'tail -c 262144 "$HOME/.trainyard/watchdog/journal" 2>/dev/null || :';
    return (await machine.run(['sh', '-c', script], {}, signal)).stdout;
  }
}

/** Comes over stdin, so that a stop command is nowhere among the words of a program. In one piece: half of it does nothing. */
function installer(files: readonly (readonly [name: string, content: string])[]): string {
  const writes = files.map(
    ([name, content]) => `printf '%s' ${shellQuote(content)} >"$draft/${name}" || full`,
  );
  return `full() {
  echo "There is no room or no right to write here: $HOME/.trainyard" >&2
  [ -z "\${draft-}" ] || rm -rf "$draft"
  exit 1
}
main() {
  umask 077
  mkdir -p "$HOME/.trainyard" 2>/dev/null || full
  draft=$(mktemp -d "$HOME/.trainyard/watchdog.XXXXXX") || full
  ${writes.join('\n  ')}
  sh "$draft/watchdog.sh" arm && return
  code=$?
  rm -rf "$draft"
  exit "$code"
}
main </dev/null
`;
}

function refused(machine: Machine, what: string, stderr: string): ProviderError {
  const why = stderr.trim().split('\n').at(-1)?.slice(0, 500) ?? '';
  return new ProviderError('unavailable', `The watchdog of ${machine.label} ${what}. ${why}`.trim());
}
