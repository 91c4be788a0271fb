import { ProviderError } from '../../../core/errors';
import { isSystemError } from '../../../node/files';
import { run, type Environment } from '../../../node/process';
import { option, type Presets, type SshOptions } from './options';

/** A configuration may run programs of its own (`Match exec`), which may hang. Milliseconds. */
const patience = 15_000;

/** OpenSSH's own client, asked what its configuration says of a host. It costs some 8 ms. */
export class SshProgram {
  /** `undefined`: not known yet. */
  private there: boolean | undefined;
  private defaultAlgorithms: string | undefined;

  constructor(
    private readonly program = 'ssh',
    private readonly env: Environment = process.env,
  ) {}

  /**
   * `file`: read in place of the usual files; `none` for no file at all. Gives `undefined` where there is no such program. Throws
   * `ProviderError` of kind `invalid` with ssh's own words, which name file and line.
   */
  async options(
    alias: string,
    file: string | undefined,
    presets: Presets,
    signal: AbortSignal,
  ): Promise<SshOptions | undefined> {
    if (this.there === false) return undefined;
    if (alias.startsWith('-'))
      throw new ProviderError('invalid', `A host’s name can’t begin with -: ${alias}`);
    const options = await this.ask(alias, file, presets, signal);
    if (!options) return undefined;
    this.defaultAlgorithms ??= option(
      (await this.ask('x', 'none', [], signal)) ?? new Map(),
      'hostkeyalgorithms',
    );
    if (option(options, 'hostkeyalgorithms') === this.defaultAlgorithms) options.delete('hostkeyalgorithms');
    return options;
  }

  private async ask(
    alias: string,
    file: string | undefined,
    presets: Presets,
    signal: AbortSignal,
  ): Promise<Map<string, readonly string[]> | undefined> {
    const where = file === undefined ? [] : ['-F', file];
    const before = presets.flatMap((line) => ['-o', line]);
    const argv = [this.program, '-G', ...where, ...before, '--', alias] as const;
    const asked = await run([...argv], { env: this.env, timeout: patience, signal }).catch(
      (error: unknown) => {
        if (isSystemError(error, 'ENOENT', 'EACCES')) return undefined;
        throw error;
      },
    );
    this.there = asked !== undefined;
    if (!asked) return undefined;
    if (asked.timedOut) {
      throw new ProviderError(
        'unavailable',
        `ssh did not say within ${patience / 1000} s how this host is reached; a Match exec in your SSH configuration may hang: ${alias}`,
      );
    }
    if (asked.code !== 0) throw refusal(asked.stderr);
    return parseOptions(asked.stdout);
  }
}

function refusal(stderr: string): ProviderError {
  const lines = stderr.split('\n').map((line) => line.trim());
  // The line with the place, such as `/home/me/.ssh/config line 7: …` or `/home/me/.ssh/config: line 7: …`.
  const said = lines.find((line) => /\bline \d+: /.test(line)) ?? lines.findLast((line) => line !== '') ?? '';
  return new ProviderError(
    'invalid',
    `ssh can’t use its configuration; mend it there: ${said.slice(0, 500)}`,
  );
}

/** Names of options come in small letters; one may come several times. */
function parseOptions(text: string): Map<string, readonly string[]> {
  const options = new Map<string, readonly string[]>();
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const key = name.toLowerCase();
    const values = key.endsWith('knownhostsfile') ? separatePaths(value) : [value];
    options.set(key, [...(options.get(key) ?? []), ...values]);
  }
  return options;
}

/** Paths come with a space between and no quotes, although a path may hold spaces: a new one begins where one can begin. */
function separatePaths(text: string): readonly string[] {
  return text.split(/ (?=[/~]|[A-Za-z]:[\\/]|none$)/);
}
