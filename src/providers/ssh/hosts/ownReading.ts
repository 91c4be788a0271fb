import type { Log } from '../../../core/log';
import { configProblem } from './configProblem';
import type { ConfigFiles } from './configFiles';
import { configLines, type ConfigLine } from './configText';
import { defaultHostKeyAlgorithms, hostKeyAlgorithms } from './hostKeyAlgorithms';
import { matchesPattern } from './hostPattern';
import { matchCriteria, type MatchSubject } from './matchLine';
import { option, type Presets, type SshOptions } from './options';
import { optionValue } from './optionValue';
import type { Surroundings } from './surroundings';
import { expandHostName, expandPath, type HostTokens } from './tokens';

/** OpenSSH's own limit on Includes within Includes. */
const deepest = 16;

/**
 * What the files say of a host, as OpenSSH's client reads them (ssh_config(5), readconf.c of 9.2), for where there is no `ssh` to
 * ask or it may not be asked. It starts no program and asks no network: blocks after `Match exec` are passed over, and names are not
 * made canonical. Throws `ProviderError` of kind `invalid` with the place of a mistake.
 */
export function ownReading(
  files: ConfigFiles,
  alias: string,
  presets: Presets,
  surroundings: Surroundings,
  log: Pick<Log, 'warn'>,
): SshOptions {
  return new Reading(files, alias, presets, surroundings, log).options();
}

class Reading {
  private readonly found = new Map<string, readonly string[]>();
  private active = true;
  private finalWanted = false;
  private final = false;

  constructor(
    private readonly files: ConfigFiles,
    private readonly alias: string,
    private readonly presets: Presets,
    private readonly surroundings: Surroundings,
    private readonly log: Pick<Log, 'warn'>,
  ) {}

  options(): SshOptions {
    for (const line of configLines(this.presets.join('\n'))) this.option(line, 'command line');
    this.readRoots();
    if (this.finalWanted || (option(this.found, 'canonicalizehostname') ?? 'no') !== 'no') {
      this.found.set('hostname', [this.hostName()]);
      this.final = true;
      this.readRoots();
    }
    return this.complete();
  }

  private readRoots(): void {
    for (const root of this.files.roots) {
      this.active = true;
      this.read(root, false, 0);
    }
  }

  /** `never`: it was included where nothing applies, so that nothing in it does either. */
  private read(path: string, never: boolean, depth: number): void {
    const file = this.files.files.get(path);
    if (!file) return;
    if (file.problem !== undefined) throw configProblem(path, 1, file.problem);
    for (const line of file.lines) {
      if (line.keyword === 'host') this.active = this.hostApplies(line, path) && !never;
      else if (line.keyword === 'match') this.active = this.matchApplies(line, path) && !never;
      else if (line.keyword !== 'include') this.option(line, path);
      else {
        const active = this.active;
        for (const included of file.includes.get(line.number) ?? []) {
          if (depth >= deepest)
            throw configProblem(path, line.number, `Files include one another more than ${deepest} deep`);
          this.read(included, never || !active, depth + 1);
          this.active = active;
        }
      }
    }
  }

  private hostApplies({ words, number }: ConfigLine, path: string): boolean {
    if (words === undefined) throw configProblem(path, number, 'A quote is not closed after Host');
    // The second reading is about the host that the first one found.
    const name = this.final ? (option(this.found, 'hostname') ?? this.alias) : this.alias;
    const fits = (pattern: string) => matchesPattern(name, pattern);
    if (words.some((word) => word.startsWith('!') && fits(word.slice(1)))) return false;
    return words.some((word) => !word.startsWith('!') && fits(word));
  }

  private matchApplies({ rest, number }: ConfigLine, path: string): boolean {
    const result = matchCriteria(rest, this.subject());
    if (result.mistake !== undefined) throw configProblem(path, number, result.mistake);
    if (result.finalWanted) this.finalWanted = true;
    if (result.skipped !== undefined)
      this.log.warn(
        `A part of the SSH configuration is passed over, because ${result.skipped}: ${path}:${number}`,
      );
    return result.applies;
  }

  private subject(): MatchSubject {
    return {
      alias: this.alias,
      host: this.final ? (option(this.found, 'hostname') ?? this.alias) : this.expandedHostName(),
      user: option(this.found, 'user') ?? this.surroundings.user,
      localUser: this.surroundings.user,
      final: this.final,
    };
  }

  private option(line: ConfigLine, path: string): void {
    const value = optionValue(line);
    if (!value) return;
    if ('mistake' in value) throw configProblem(path, line.number, value.mistake);
    if (!this.active || value.values.length === 0) return;
    const { keyword } = line;
    const before = this.found.get(keyword);
    if (keyword === 'identityfile')
      this.found.set(keyword, [...new Set([...(before ?? []), ...value.values])]);
    // Of the two ways through another program or host the first wins too.
    else if (keyword === 'proxyjump' && this.found.has('proxycommand')) return;
    else if (keyword === 'proxycommand' && (option(this.found, 'proxyjump') ?? 'none') !== 'none') return;
    else if (before === undefined) this.found.set(keyword, value.values);
  }

  private expandedHostName(): string {
    const given = option(this.found, 'hostname');
    return given === undefined ? this.alias : expandHostName(given, this.alias);
  }

  /** As it is connected to: in small letters, unless it is an address. */
  private hostName(): string {
    const name = this.final ? (option(this.found, 'hostname') ?? this.alias) : this.expandedHostName();
    return name.includes(':') ? name : name.toLowerCase();
  }

  /** With defaults, and with tokens expanded where `ssh -G` has them expanded. */
  private complete(): SshOptions {
    const { found, surroundings, alias } = this;
    const set = (name: string, ...values: string[]) => {
      if (!found.has(name)) found.set(name, values);
    };
    const hostName = this.hostName();
    found.set('hostname', [hostName]);
    set('user', surroundings.user);
    set('port', '22');
    set('identityfile', ...defaultKeys);
    set('userknownhostsfile', '~/.ssh/known_hosts', '~/.ssh/known_hosts2');
    set('globalknownhostsfile', ...globalKnownHosts(surroundings));
    const algorithms = option(found, 'hostkeyalgorithms');
    if (algorithms !== undefined) found.set('hostkeyalgorithms', [hostKeyAlgorithms(algorithms)]);
    if (option(found, 'hostkeyalgorithms') === defaultHostKeyAlgorithms) found.delete('hostkeyalgorithms');
    const hostKeyAlias = option(found, 'hostkeyalias')?.toLowerCase();
    if (hostKeyAlias !== undefined) found.set('hostkeyalias', [hostKeyAlias]);
    const tokens: HostTokens = {
      alias,
      hostName,
      hostKeyAlias,
      user: option(found, 'user') ?? '',
      port: option(found, 'port') ?? '',
    };
    for (const name of ['userknownhostsfile', 'identityagent']) {
      const values = found
        .get(name)
        ?.map((path) => (isVariable(path) ? path : expandPath(path, tokens, surroundings)));
      if (values) found.set(name, values);
    }
    return found;
  }
}

/** `$NAME`, as an IdentityAgent may be given. */
function isVariable(path: string): boolean {
  return /^\$\w/.test(path);
}

/** In OpenSSH's order; what it tries besides (XMSS, DSA) no server takes any more. */
const defaultKeys = [
  'id_rsa',
  'id_ecdsa',
  'id_ecdsa_sk',
  'id_ed25519',
  'id_ed25519_sk',
  'id_xmss',
  'id_dsa',
].map((name) => `~/.ssh/${name}`);

function globalKnownHosts({ windows, env }: Surroundings): readonly string[] {
  const folder = windows ? `${env.ProgramData ?? 'C:\\ProgramData'}\\ssh\\` : '/etc/ssh/';
  return [`${folder}ssh_known_hosts`, `${folder}ssh_known_hosts2`];
}
