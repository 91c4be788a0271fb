import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../../core/errors';
import type { Machine } from '../../core/machine';

const names = ['machine.sh', 'machine.awk', 'proc.awk', 'processes.sh'] as const;

interface Bundle {
  readonly hash: string;
  /** A shell script that puts the files where they belong. */
  readonly installer: string;
}

/** The sampler's scripts on a machine, in `~/.trainyard/bin/<hash>`: another version is another folder, and disturbs nothing. */
export class SamplerScripts {
  private bundle: Promise<Bundle> | undefined;

  constructor(private readonly folder: string) {}

  /** Puts them there unless they are. Throws `ProviderError`, of kind `unavailable` where the machine can't take them. */
  async install(machine: Machine, signal: AbortSignal): Promise<void> {
    const { installer } = await this.read();
    const { code, stderr } = await machine.run(['sh', '-s'], { input: installer, quiet: true }, signal);
    if (code === 0) return;
    throw new ProviderError(
      'unavailable',
      `${machine.label} can't be watched, as nothing can be written to ~/.trainyard there: ${firstLine(stderr)}`,
    );
  }

  /** The words that start `machine.sh` there. */
  async argv(...words: readonly string[]): Promise<[string, ...string[]]> {
    const { hash } = await this.read();
    return ['sh', '-c', 'exec sh "$HOME/.trainyard/bin/$0/machine.sh" "$@"', hash, ...words];
  }

  private read(): Promise<Bundle> {
    return (this.bundle ??= this.bundled());
  }

  private async bundled(): Promise<Bundle> {
    const files = await Promise.all(
      names.map(async (name) => ({ name, text: await readFile(join(this.folder, name), 'utf8') })),
    );
    const sum = createHash('sha256');
    for (const { name, text } of files) sum.update(`${name}\0${text}\0`);
    const hash = sum.digest('hex').slice(0, 16);
    return { hash, installer: installer(hash, files) };
  }
}

function installer(hash: string, files: readonly { readonly name: string; readonly text: string }[]): string {
  const end = `end-of-${hash}`;
  return [
    'umask 077',
    `place="$HOME/.trainyard/bin/${hash}"`,
    '[ -e "$place/machine.sh" ] && exit 0',
    'draft="$place.$$"',
    'mkdir -p "$draft" || exit 1',
    ...files.map(({ name, text }) => `cat >"$draft/${name}" <<'${end}' || exit 1\n${text}${end}`),
    'chmod 700 "$draft"/* || exit 1',
    // Another window may have been faster: then this one would land inside of its folder.
    'mv "$draft" "$place" 2>/dev/null; rm -rf "$draft" "$place/${draft##*/}"',
    '[ -e "$place/machine.sh" ]',
    '',
  ].join('\n');
}

export function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
