import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import type { HostConfig } from '../../../src/providers/ssh/hostConfig';
import { until } from '../until';
import { Account } from './account';
import { marked, treeOf } from './processTree';

export interface SshdOptions {
  /** Default 127.0.0.1. Every 127.0.0.x is another machine. */
  readonly address?: string;
  /** An existing folder that is the user's home; left as it is at the end. Default: one of the server's own. */
  readonly home?: string;
  /** Whether terminals are given. Default: where the system lets it (`SshdServer.canTerminal`). */
  readonly pty?: boolean;
  /** Makes a user with this password, let in by PAM; only as root (`SshdServer.canAccounts`). */
  readonly password?: string;
  /** Makes a user with this login shell; only as root. */
  readonly shell?: string;
  /** What programs find in their environment besides; values without spaces. */
  readonly environment?: Readonly<Record<string, string>>;
  /** More lines of sshd_config. The first of two lines for one thing counts, and these come first. */
  readonly config?: readonly string[];
}

/**
 * A real OpenSSH server with keys, configuration and a home folder of its own. Several on one computer are as many machines: only
 * the user (without `password` and `shell` whoever runs the test) is the same. It ends with the process that started it.
 */
export class SshdServer {
  /** Only a server of root's may give terminals. */
  static readonly canTerminal = process.getuid?.() === 0;
  static readonly canAccounts = process.getuid?.() === 0;

  readonly user: string;
  readonly home: string;
  /** Public: `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  readonly hostKeyPath: string;
  /** A private key that the server lets in; the public one has `.pub` behind it. */
  readonly clientKeyPath: string;
  /** Knows the server's key by its address and port. */
  readonly knownHostsPath: string;
  private supervisor: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    readonly address: string,
    readonly port: number,
    private readonly options: SshdOptions,
    private readonly account: Account | undefined,
  ) {
    this.user = account?.name ?? userInfo().username;
    this.home = account?.home ?? options.home ?? join(folder, 'home');
    this.hostKeyPath = join(folder, 'host_key');
    this.clientKeyPath = join(folder, 'client_key');
    this.knownHostsPath = join(folder, 'known_hosts');
    this.prepare();
    this.hostKey = readPublic(this.hostKeyPath);
    writeFileSync(this.knownHostsPath, `[${address}]:${port} ${this.hostKey}\n`);
  }

  static async start(options: SshdOptions = {}): Promise<SshdServer> {
    const address = options.address ?? '127.0.0.1';
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-sshd-'));
    // Others have to pass through it: the user of `password` and `shell`.
    chmodSync(folder, 0o755);
    const wanted = options.password !== undefined || options.shell !== undefined;
    const account = wanted ? Account.make(folder, options.password, options.shell) : undefined;
    for (let attempt = 1; ; attempt++) {
      const server = new SshdServer(folder, address, await freePort(address), options, account);
      try {
        await server.listen();
        return server;
      } catch (error) {
        // Somebody else may have got the port since.
        if (attempt < 3 && server.log().includes('Address already in use')) continue;
        await server.stop();
        throw error;
      }
    }
  }

  /** Of the listening server; `undefined` while it does not run. */
  get pid(): number | undefined {
    const path = join(this.folder, 'pid');
    // It is there a moment before the number is in it.
    return (existsSync(path) && Number(readFileSync(path, 'utf8'))) || undefined;
  }

  /** All that runs because of it: the server, its sessions, and what was started in them, also detached. */
  get processes(): readonly number[] {
    return [...new Set([...this.serverProcesses(), ...this.programs()])];
  }

  /** The programs that were started in its sessions and still run. */
  programs(): readonly number[] {
    return marked(this.folder);
  }

  /** What the server said. */
  log(): string {
    const path = join(this.folder, 'log');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  /** Lets one more key in: a public one, such as `ssh-rsa AAAA…`. */
  authorize(publicKey: string): void {
    appendFileSync(join(this.folder, 'authorized_keys'), `${publicKey.trim()}\n`);
  }

  /** A block of an ssh configuration that reaches it without questions. */
  configText(alias: string, through: { readonly port?: number; readonly address?: string } = {}): string {
    return [
      `Host ${alias}`,
      `  HostName ${through.address ?? this.address}`,
      `  Port ${through.port ?? this.port}`,
      `  User ${this.user}`,
      `  IdentityFile ${this.clientKeyPath}`,
      '  IdentitiesOnly yes',
      '  IdentityAgent none',
      `  UserKnownHostsFile ${this.knownHostsPath}`,
      '  GlobalKnownHostsFile /dev/null',
      // So that it is known also behind a proxy with another port.
      `  HostKeyAlias [${this.address}]:${this.port}`,
      '',
    ].join('\n');
  }

  /** The same as `configText`, resolved. */
  hostConfig(alias: string, changed: Partial<HostConfig> = {}): HostConfig {
    return {
      alias,
      hostName: this.address,
      port: this.port,
      user: this.user,
      identityFiles: [this.clientKeyPath],
      identitiesOnly: true,
      identityAgent: undefined,
      forwardAgent: false,
      jumps: [],
      proxyCommand: undefined,
      knownHostsFiles: [this.knownHostsPath],
      hostKeyAlias: `[${this.address}]:${this.port}`,
      strictHostKeyChecking: 'ask',
      hostKeyAlgorithms: undefined,
      connectTimeout: undefined,
      ...changed,
    };
  }

  /** Ends the sessions that are open, as a network or an administrator would; new ones are taken. */
  cutSessions(): void {
    for (const pid of this.serverProcesses()) if (pid !== this.pid) end(pid);
  }

  /** Kills the server and its sessions. Detached programs go on, as they would. `restart` starts it again on the same port. */
  async kill(): Promise<void> {
    for (const pid of this.serverProcesses()) end(pid);
    rmSync(join(this.folder, 'pid'), { force: true });
    await this.endSupervisor(false);
  }

  async restart(): Promise<void> {
    await this.listen();
  }

  /** Ends it with all that was started in its sessions, and removes its files. */
  async stop(): Promise<void> {
    for (const pid of this.processes) end(pid);
    await this.endSupervisor(true);
    this.account?.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private serverProcesses(): readonly number[] {
    return this.pid === undefined ? [] : treeOf(this.pid);
  }

  private prepare(): void {
    mkdirSync(this.home, { recursive: true });
    for (const path of [this.hostKeyPath, this.clientKeyPath]) {
      if (!existsSync(path)) {
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', path]);
      }
    }
    writeFileSync(join(this.folder, 'authorized_keys'), `${readPublic(this.clientKeyPath)}\n`);
    writeFileSync(join(this.folder, 'sshd_config'), this.serverConfig());
    if (this.account || this.options.home !== undefined) return;
    // A server starts programs in the user's real home; this one is to look like another machine. Bash reads these, also for `ssh HOST COMMAND`.
    for (const name of ['.bashrc', '.profile']) writeFileSync(join(this.home, name), 'cd\n');
  }

  private serverConfig(): string {
    const { options, account } = this;
    const home = account ? [] : [`HOME=${this.home}`];
    const more = Object.entries(options.environment ?? {}).map(([name, value]) => `${name}=${value}`);
    return [
      ...(options.config ?? []),
      `ListenAddress ${this.address}`,
      `Port ${this.port}`,
      `HostKey ${this.hostKeyPath}`,
      `AuthorizedKeysFile ${join(this.folder, 'authorized_keys')}`,
      `PidFile ${join(this.folder, 'pid')}`,
      'StrictModes no',
      'PermitRootLogin yes',
      'MaxStartups 100',
      'UseDNS no',
      'PrintMotd no',
      'PrintLastLog no',
      `PermitTTY ${(options.pty ?? SshdServer.canTerminal) ? 'yes' : 'no'}`,
      `UsePAM ${options.password === undefined ? 'no' : 'yes'}`,
      `PasswordAuthentication ${options.password === undefined ? 'no' : 'yes'}`,
      `KbdInteractiveAuthentication ${options.password === undefined ? 'no' : 'yes'}`,
      `SetEnv ${[...home, ...more, `TRAINYARD_TEST_SSHD=${this.folder}`].join(' ')}`,
      `Subsystem sftp internal-sftp -d ${this.home}`,
      '',
    ].join('\n');
  }

  private async listen(): Promise<void> {
    // Root's server insists on this folder, which the system's own service makes at its start.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const log = join(this.folder, 'log');
    const before = this.log().length;
    const supervisor = spawn('/bin/sh', ['-c', supervising, 'sh', this.folder, sshd()], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.supervisor = supervisor;
    await until(`sshd listens (${log})`, () => {
      const said = this.log().slice(before);
      if (said.includes('Server listening')) return this.pid !== undefined;
      if (said.includes('sshd ended')) throw new Error(`sshd did not start: ${said}`);
      return false;
    });
    supervisor.unref();
    (supervisor.stdin as { unref?(): void } | null)?.unref?.();
  }

  /** With `all` also what was started in its sessions. */
  private async endSupervisor(all: boolean): Promise<void> {
    const supervisor = this.supervisor;
    this.supervisor = undefined;
    if (supervisor?.exitCode !== null) return;
    supervisor.ref();
    const ended = once(supervisor, 'exit');
    supervisor.stdin?.end(all ? 'all\n' : 'server\n');
    await ended;
  }
}

/**
 * Runs sshd ($2) of the folder $1 until a word comes, or the end of whoever started it: then everything is ended. Also what was started
 * in its sessions, which carries the folder's name in its environment, and can't be found by its parent once it is detached.
 */
const supervising = `
("$2" -D -e -f "$1/sshd_config" >/dev/null 2>>"$1/log"; echo "sshd ended: $?" >>"$1/log") &
read -r word || word=gone
kill "$(cat "$1/pid")" 2>/dev/null
wait
[ "$word" = server ] && exit 0
for environ in /proc/[0-9]*/environ; do
  if grep -qsaF "TRAINYARD_TEST_SSHD=$1" "$environ"; then
    process=\${environ#/proc/}
    kill -KILL "\${process%/environ}" 2>/dev/null
  fi
done
[ "$word" = gone ] && rm -rf "$1"
exit 0
`;

/** sshd starts itself again by its path, which has to be absolute. */
function sshd(): string {
  const found = ['/usr/sbin/sshd', '/usr/bin/sshd', '/usr/local/sbin/sshd'].find((path) => existsSync(path));
  if (!found) throw new Error('These tests need OpenSSH’s server: Debian’s package openssh-server.');
  return found;
}

async function freePort(address: string): Promise<number> {
  const server = createServer().listen(0, address);
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  await once(server, 'close');
  if (bound === null || typeof bound === 'string') throw new Error('No port');
  return bound.port;
}

function readPublic(path: string): string {
  return readFileSync(`${path}.pub`, 'utf8').trim().split(' ').slice(0, 2).join(' ');
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
