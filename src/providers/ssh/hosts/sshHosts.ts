import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { messageOf, ProviderError } from '../../../core/errors';
import type { Disposable } from '../../../lib/disposables';
import { Emitter } from '../../../lib/event';
import type { ProviderContext } from '../../context';
import type { HostConfig } from '../hostConfig';
import { readConfigFiles, type ConfigFiles, type ConfigRoot } from './configFiles';
import { ConfigWatch } from './configWatch';
import { hostConfig } from './hostConfigs';
import { namedHosts } from './hostNames';
import type { Presets, SshOptions } from './options';
import { OwnHosts } from './ownHosts';
import { ownReading } from './ownReading';
import { SshProgram } from './sshProgram';
import { expandTilde, surroundings, type Surroundings } from './surroundings';

/** A host of the list. */
export interface SshHost {
  readonly alias: string;
  /** Where it is written. */
  readonly path: string;
  readonly line: number;
  /** Whether it was added in Trainyard. */
  readonly own: boolean;
}

type Context = Pick<ProviderContext, 'home' | 'setting' | 'onDidChangeSettings' | 'log' | 'trusted'>;

/** Which SSH hosts there are, and how each is reached. */
export class SshHosts implements Disposable {
  readonly own: OwnHosts;
  private readonly changed = new Emitter<void>();
  private readonly watch = new ConfigWatch(() => {
    this.listed = undefined;
    this.changed.fire();
  });
  private listed: Promise<readonly SshHost[]> | undefined;
  private files: ConfigFiles | undefined;
  private readonly warned = new Set<string>();

  /** The list, or what is written about a host in it, may have changed. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly context: Context,
    private readonly around: Surroundings = surroundings(),
    private readonly program = new SshProgram(),
  ) {
    this.own = new OwnHosts(context.home);
    context.onDidChangeSettings?.(() => {
      this.refresh();
    });
  }

  /** In the order of the files, those that were added in Trainyard last. Reads files, and resolves nothing. */
  list(): Promise<readonly SshHost[]> {
    return (this.listed ??= this.read().catch((error: unknown) => {
      this.listed = undefined;
      throw error;
    }));
  }

  /** As it is configured now. Throws `ProviderError`, of kind `notFound` for a host that is not in the list any more. */
  async resolve(alias: string, signal: AbortSignal): Promise<HostConfig> {
    const [files, listed] = await this.readFiles();
    if (!listed.some((host) => host.alias === alias))
      throw new ProviderError('notFound', `This host is no longer in your SSH configuration: ${alias}`);
    return hostConfig(
      alias,
      await this.own.presets(alias),
      (name, presets) => this.options(name, presets, files, signal),
      this.around,
    );
  }

  /** How a host is reached that need not be in the list, as by its address: what the configuration says of it. Throws as `resolve`. */
  async reach(name: string, signal: AbortSignal): Promise<HostConfig> {
    const [files] = await this.readFiles();
    return hostConfig(name, [], (one, presets) => this.options(one, presets, files, signal), this.around);
  }

  /** As it is written, without asking ssh: for people, quick enough for hundreds. Throws `ProviderError` for a mistake. */
  async describe(alias: string): Promise<HostConfig> {
    const files = this.files ?? (await this.readFiles())[0];
    const read = (name: string, presets: Presets) => Promise.resolve(this.ownReading(files, name, presets));
    return hostConfig(alias, await this.own.presets(alias), read, this.around);
  }

  /** The user's ssh_config: the one that is set, else the usual one. */
  get userFile(): string {
    const given = expandTilde(this.context.setting('trainyard.ssh.configFile'), this.around.home);
    if (given === '') return join(this.around.home, '.ssh', 'config');
    return isAbsolute(given) ? given : join(this.around.home, given);
  }

  /** Whether the user's file includes ours, however it is written there. */
  async includesOwn(): Promise<boolean> {
    await this.list();
    return this.files?.files.has(this.own.path) ?? false;
  }

  /** To be called when something changed that no file tells. */
  refresh(): void {
    this.listed = undefined;
    this.changed.fire();
  }

  dispose(): void {
    this.watch.dispose();
    this.changed.dispose();
  }

  private async read(): Promise<readonly SshHost[]> {
    const [files, listed] = await this.readFiles();
    this.files = files;
    await this.watch.follow(files, [this.own.path]);
    for (const { path, problem } of files.files.values())
      if (problem !== undefined) this.warn(`${path}: ${problem}`);
    return listed;
  }

  private async readFiles(): Promise<readonly [ConfigFiles, readonly SshHost[]]> {
    const files = await readConfigFiles(this.roots(), this.around.home);
    const own = await this.own.list().catch((error: unknown) => {
      this.warn(`The hosts that were added in Trainyard can’t be read: ${messageOf(error)}`);
      return [];
    });
    const ours = own.map(({ alias, line }) => ({ alias, path: this.own.path, line, own: true }));
    const aliases = new Set(ours.map(({ alias }) => alias));
    const theirs = namedHosts(files).filter(({ alias }) => !aliases.has(alias));
    return [files, [...theirs.map((host) => ({ ...host, own: false })), ...ours]];
  }

  private roots(): readonly ConfigRoot[] {
    const { home, windows, env } = this.around;
    const user = { path: this.userFile, base: join(home, '.ssh') };
    // As with `ssh -F`, a file that was named stands alone.
    if (this.context.setting('trainyard.ssh.configFile') !== '') return [user];
    const system = windows
      ? join(env.ProgramData ?? 'C:\\ProgramData', 'ssh', 'ssh_config')
      : '/etc/ssh/ssh_config';
    return [user, { path: system, base: dirname(system) }];
  }

  private async options(
    alias: string,
    presets: Presets,
    files: ConfigFiles,
    signal: AbortSignal,
  ): Promise<SshOptions> {
    const given = this.context.setting('trainyard.ssh.configFile') === '' ? undefined : this.userFile;
    const file = given === undefined || existsSync(given) ? given : 'none';
    const asked = this.context.trusted()
      ? await this.program.options(alias, file, presets, signal)
      : undefined;
    return asked ?? this.ownReading(files, alias, presets);
  }

  private ownReading(files: ConfigFiles, alias: string, presets: Presets): SshOptions {
    return ownReading(files, alias, presets, this.around, {
      warn: (message) => {
        this.warn(message);
      },
    });
  }

  /** Once for each thing. */
  private warn(message: string): void {
    if (this.warned.has(message)) return;
    this.warned.add(message);
    this.context.log.warn(message);
  }
}
