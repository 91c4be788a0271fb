import { existsSync } from 'node:fs';
import { messageOf, ProviderError, throwIfCancelled } from '../../../core/errors';
import type { Adding } from '../../../core/provider';
import type { ProviderContext } from '../../context';
import { readAddedHost, type AddedHost } from './addedHost';
import { addInclude, includeLines, removeInclude } from './includeLine';
import type { SshHost, SshHosts } from './sshHosts';
import { expandTilde } from './surroundings';

/** Adding hosts by hand, and taking them out again. */
export class HostAdding implements Adding {
  readonly title = 'SSH Machine';
  readonly prompt = 'A host of your own, as you would write it for ssh';
  readonly example = 'ssh user@host -p 22 -i ~/.ssh/id_ed25519';

  constructor(
    private readonly hosts: SshHosts,
    private readonly context: Pick<ProviderContext, 'prompts' | 'log'>,
    /** The user's home folder. */
    private readonly home: string,
  ) {}

  check(text: string): string | undefined {
    const host = readAddedHost(text);
    return typeof host === 'string' ? host : undefined;
  }

  async add(text: string, signal: AbortSignal): Promise<string> {
    const host = readAddedHost(text);
    if (typeof host === 'string') throw new ProviderError('invalid', host);
    const { identityFile } = host;
    if (identityFile !== undefined && !existsSync(expandTilde(identityFile, this.home)))
      throw new ProviderError('notFound', `There is no such key file: ${identityFile}`);
    const listed = await this.hosts.list();
    throwIfCancelled(signal);
    // A name alone that ssh knows already is that host.
    if (Object.keys(host).length === 1 && listed.some(({ alias }) => alias === host.hostName))
      return `ssh/${host.hostName}`;
    const alias = freeAlias(host, listed);
    const first = !listed.some(({ own }) => own);
    await this.hosts.own.add(alias, host);
    this.hosts.refresh();
    if (first) await this.offerInclude(signal);
    return `ssh/${alias}`;
  }

  /** Takes out a host that was added; with the last one also the lines in the user's file. */
  async remove(alias: string): Promise<void> {
    const left = await this.hosts.own.remove(alias);
    if (left === 0)
      await this.quietly('be taken out of', () => removeInclude(this.hosts.userFile, this.hosts.own.path));
    this.hosts.refresh();
  }

  /** Asked with the first host only, so at most once as long as there are any. */
  private async offerInclude(signal: AbortSignal): Promise<void> {
    const { userFile: file, own } = this.hosts;
    if (await this.hosts.includesOwn()) return;
    const yes = await this.context.prompts.confirm(
      {
        message: 'Should ssh in terminals know the machines that you add in Trainyard, too?',
        detail: `These two lines would be put at the top of ${file}:\n\n${includeLines(own.path)}\nWithout them the machines work in Trainyard all the same.`,
        yes: 'Add Lines',
      },
      signal,
    );
    if (!yes) return;
    await this.quietly('be put into', () => addInclude(file, own.path));
    this.hosts.refresh();
  }

  private async quietly(what: string, work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => {
      this.context.log.warn(
        `Trainyard’s Include line could not ${what} ${this.hosts.userFile}: ${messageOf(error)}`,
      );
    });
  }
}

/** The host's own name, with a number where it is taken. */
function freeAlias({ hostName }: AddedHost, listed: readonly SshHost[]): string {
  // A colon of an IPv6 address could be taken for the one before a port.
  const base = hostName.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^-+/, '');
  const taken = new Set(listed.map(({ alias }) => alias));
  for (let number = 1; ; number++) {
    const alias = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(alias)) return alias;
  }
}
