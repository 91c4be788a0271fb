import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSystemError, writeAtomic } from '../../../node/files';
import { configLines, type ConfigLine } from './configText';
import { configWord } from './configWord';
import type { AddedHost } from './addedHost';
import { matchesPattern } from './hostPattern';
import type { Presets } from './options';

/** A host of our own file. */
export interface OwnHost {
  readonly alias: string;
  readonly line: number;
}

/** The file of hosts that a person added in Trainyard: an ssh_config, so that one Include line brings them to ssh. */
export class OwnHosts {
  readonly path: string;

  constructor(home: string) {
    this.path = join(home, 'ssh_config');
  }

  async list(): Promise<readonly OwnHost[]> {
    return (await this.lines()).flatMap(({ keyword, words = [], number }) =>
      keyword === 'host' ? words.map((alias) => ({ alias, line: number })) : [],
    );
  }

  /** The options of a host, as lines that count before all else. */
  async presets(alias: string): Promise<Presets> {
    return blockOptions(await this.lines(), alias);
  }

  async add(alias: string, host: AddedHost): Promise<void> {
    const text = await this.text();
    const block = [`Host ${alias}`, ...optionLines(host).map((line) => `    ${line}`), ''].join('\n');
    const before = text === '' ? header : text.endsWith('\n') ? text : `${text}\n`;
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    await writeAtomic(this.path, `${before}\n${block}`);
  }

  /** Gives how many are left; with the last one the file goes. Nothing happens where it is not there. */
  async remove(alias: string): Promise<number> {
    const text = withoutHost(await this.text(), alias);
    const left = configLines(text).filter(({ keyword }) => keyword === 'host').length;
    if (left === 0) await rm(this.path, { force: true });
    else await writeAtomic(this.path, text);
    return left;
  }

  private async lines(): Promise<readonly ConfigLine[]> {
    return configLines(await this.text());
  }

  private async text(): Promise<string> {
    return readFile(this.path, 'utf8').catch((error: unknown) => {
      if (isSystemError(error, 'ENOENT')) return '';
      throw error;
    });
  }
}

const header = '# SSH hosts that were added in Trainyard. Changes that you make here count at once.\n';

function blockOptions(lines: readonly ConfigLine[], alias: string): Presets {
  let inside = false;
  return lines.flatMap(({ keyword, words = [], rest }) => {
    if (keyword === 'host') inside = words.some((word) => matchesPattern(alias, word));
    // An Include can't be an option of ssh's command line.
    if (keyword === 'host' || keyword === 'match' || keyword === 'include' || !inside) return [];
    return [`${keyword} ${rest}`];
  });
}

function optionLines({ hostName, user, port, identityFile, jumps }: AddedHost): readonly string[] {
  return [
    `HostName ${configWord(hostName.replaceAll('%', '%%'))}`,
    ...(user === undefined ? [] : [`User ${configWord(user)}`]),
    ...(port === undefined ? [] : [`Port ${port}`]),
    ...(identityFile === undefined ? [] : [`IdentityFile ${configWord(identityFile.replaceAll('%', '%%'))}`]),
    ...(jumps === undefined ? [] : [`ProxyJump ${jumps}`]),
  ];
}

/**
 * Takes the host's block away with the empty lines before it, or its name alone where the block has others. Comments behind its last
 * option stay: they belong to what follows.
 */
function withoutHost(text: string, alias: string): string {
  const kept: string[] = [];
  let behind: string[] | undefined;
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const [read] = configLines(line);
    const words = read?.words ?? [];
    if (read?.keyword === 'host' || read?.keyword === 'match') {
      kept.push(...(behind ?? []));
      behind = undefined;
      if (read.keyword === 'host' && words.includes(alias)) {
        const others = words.filter((word) => word !== alias).map(configWord);
        if (others.length > 0) kept.push(`Host ${others.join(' ')}`);
        else {
          while (kept.at(-1)?.trim() === '') kept.pop();
          behind = [];
        }
        continue;
      }
    }
    if (!behind) kept.push(line);
    else if (read) behind = [];
    else behind.push(line);
  }
  return `${[...kept, ...(behind ?? [])].join('\n')}\n`;
}
