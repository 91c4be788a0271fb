import { messageOf, ProviderError } from '../../../core/errors';
import type { Instance, Instances } from '../../../core/instance';
import type { Machine } from '../../../core/machine';
import type { Event } from '../../../lib/event';
import type { ProviderContext } from '../../context';
import type { HostAdding } from './addHost';
import { hostPrice } from './hostPrice';
import type { SshHost, SshHosts } from './sshHosts';

/** The one machine of an SSH host's connection. */
export class HostInstances implements Instances {
  constructor(
    private readonly host: SshHost,
    private readonly itself: Machine,
    private readonly hosts: SshHosts,
    private readonly adding: HostAdding,
    private readonly context: Pick<ProviderContext, 'setting' | 'log'>,
  ) {}

  get onDidChange(): Event<void> {
    return this.hosts.onDidChange;
  }

  async list(): Promise<readonly Instance[]> {
    const { alias, own, path } = this.host;
    const [hourlyUsd, ...problem] = this.price();
    const facts = [...(await this.facts()), ...problem.map((text) => ['Price', text] as const)];
    const known = !own || (await this.hosts.includesOwn());
    return [
      {
        id: this.itself.id,
        label: alias,
        state: 'unknown',
        hourlyUsd,
        facts,
        source: path,
        removable: own,
        ...(known && { remoteAuthority: remoteAuthority(alias) }),
      },
    ];
  }

  machine(id: string): Machine {
    if (id !== this.itself.id) throw new ProviderError('notFound', `There is no such machine: ${id}`);
    return this.itself;
  }

  async remove(id: string): Promise<void> {
    this.machine(id);
    if (!this.host.own)
      throw new ProviderError(
        'conflict',
        `This host was not added in Trainyard; take it out where it is written: ${this.host.path}:${this.host.line}`,
      );
    this.itself.detach();
    await this.adding.remove(this.host.alias);
  }

  private price(): readonly [number | null, ...string[]] {
    try {
      return [hostPrice(this.context.setting, this.host.alias)];
    } catch (error) {
      return [null, messageOf(error)];
    }
  }

  private async facts(): Promise<readonly (readonly [name: string, value: string])[]> {
    const { alias, path, line } = this.host;
    const written = ['Written in', `${path}:${line}`] as const;
    try {
      const { hostName, port, user, jumps, proxyCommand } = await this.hosts.describe(alias);
      return [
        [
          'Address',
          port === 22 ? hostName : hostName.includes(':') ? `[${hostName}]:${port}` : `${hostName}:${port}`,
        ],
        ['User', user],
        ...(jumps.length > 0 ? [['Through', jumps.map((jump) => jump.alias).join(' → ')] as const] : []),
        ...(proxyCommand === undefined ? [] : [['Through', String(proxyCommand)] as const]),
        written,
      ];
    } catch (error) {
      return [['Problem', messageOf(error)], written];
    }
  }
}

/** As the extension Remote - SSH writes a host: one with other than small letters and digits as JSON in hexadecimal. */
function remoteAuthority(alias: string): string {
  const plain = /^[a-z0-9._-]+$/.test(alias);
  return `ssh-remote+${plain ? alias : Buffer.from(JSON.stringify({ hostName: alias })).toString('hex')}`;
}
