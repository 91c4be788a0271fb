import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import type { Stats } from 'ssh2';
import { ProviderError } from '../../../core/errors';
import type { RemoteFile, RemoteFiles, RunOutput } from '../../../core/machine';
import { cancellable } from './cancellable';
import type { Links } from './links';
import { readFrom, writeAll } from './sftpBytes';
import { SftpSession, isUnsupported } from './sftpSession';

export interface SftpFilesParts {
  /** Does something with the connection, which is kept that long. */
  use<T>(work: (links: Links, use: () => () => void) => Promise<T>, signal: AbortSignal): Promise<T>;
  run(argv: readonly [string, ...string[]], signal: AbortSignal): Promise<RunOutput>;
  /** Milliseconds after which a session that nobody uses ends: it takes one of the few that a connection has. */
  readonly idleClose: number;
}

/** A machine's files by SFTP, over one session that is shared and opened at need. */
export class SftpFiles implements RemoteFiles {
  private held: { readonly links: Links; readonly session: Promise<SftpSession> } | undefined;
  private users = 0;
  private idle: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly parts: SftpFilesParts) {}

  home(signal: AbortSignal): Promise<string> {
    return this.with(signal, (session) =>
      session.call<string>('.', (sftp, done) => {
        sftp.realpath('.', done);
      }),
    );
  }

  list(folder: string, signal: AbortSignal): Promise<readonly RemoteFile[]> {
    check(folder);
    return this.with(signal, async (session) => {
      const entries = await session.call<readonly { readonly filename: string; readonly attrs: unknown }[]>(
        folder,
        (sftp, done) => {
          sftp.readdir(folder, done);
        },
      );
      return entries
        .filter(({ filename }) => isName(filename))
        .map(({ filename, attrs }) => described(filename, attrs as Stats));
    });
  }

  stat(path: string, signal: AbortSignal): Promise<RemoteFile> {
    check(path);
    return this.with(signal, async (session) => described(posix.basename(path), await stats(session, path)));
  }

  async *read(path: string, from: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    check(path);
    const { session, release } = await this.borrow(signal);
    try {
      yield* readFrom(session, path, from, signal);
    } finally {
      release();
    }
  }

  write(path: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    check(path);
    return this.with(signal, async (session) => {
      const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
      const mode = await stats(session, path).then(
        (old) => old.mode & 0o7777,
        () => 0o644,
      );
      try {
        await writeAll(session, draft, mode, bytes, signal);
        await replace(session, draft, path);
      } catch (error) {
        await unlink(session, draft).catch(() => undefined);
        throw error;
      }
    });
  }

  makeFolder(path: string, signal: AbortSignal): Promise<void> {
    check(path);
    return this.with(signal, (session) => makeFolder(session, path));
  }

  rename(from: string, to: string, signal: AbortSignal): Promise<void> {
    check(from);
    check(to);
    return this.with(signal, (session) => replace(session, from, to));
  }

  async remove(path: string, signal: AbortSignal): Promise<void> {
    check(path);
    // By its own program: a folder of 100,000 files would take as many questions and answers.
    await this.with(signal, (session) =>
      session.call<Stats>(path, (sftp, done) => {
        sftp.lstat(path, done);
      }),
    );
    const { code, stderr } = await this.parts.run(['rm', '-rf', '--', path], signal);
    if (code === 0) return;
    const said = stderr.trim().split('\n').at(-1) ?? '';
    throw new ProviderError(
      'forbidden',
      `The machine did not remove everything (${said.slice(0, 300)}): ${path}`,
    );
  }

  private async with<T>(signal: AbortSignal, work: (session: SftpSession) => Promise<T>): Promise<T> {
    const { session, release } = await this.borrow(signal);
    try {
      return await cancellable(work(session), signal);
    } finally {
      release();
    }
  }

  private borrow(
    signal: AbortSignal,
  ): Promise<{ readonly session: SftpSession; readonly release: () => void }> {
    return this.parts.use(async (links, use) => {
      const done = use();
      this.users += 1;
      clearTimeout(this.idle);
      const release = () => {
        this.users -= 1;
        done();
        if (this.users > 0) return;
        this.idle = setTimeout(() => {
          this.end();
        }, this.parts.idleClose);
        this.idle.unref();
      };
      try {
        if (this.held?.links !== links) this.held = { links, session: this.open(links, signal) };
        return { session: await this.held.session, release };
      } catch (error) {
        this.held = undefined;
        release();
        throw error;
      }
    }, signal);
  }

  private open(links: Links, signal: AbortSignal): Promise<SftpSession> {
    return links.session(
      (link, release) =>
        link.sftp(
          (sftp) =>
            new SftpSession(sftp, link, () => {
              release();
              if (this.held?.links === links) this.held = undefined;
            }),
        ),
      signal,
    );
  }

  private end(): void {
    const held = this.held;
    this.held = undefined;
    held?.session.then(
      (session) => {
        session.close();
      },
      () => undefined,
    );
  }
}

function check(path: string): void {
  if (path.startsWith('/') && !path.includes('\0')) return;
  throw new ProviderError('invalid', `A path on a machine must begin with / and hold no NUL: ${path}`);
}

/** A server that is not what it seems may send names that lead out of the folder. */
function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

function stats(session: SftpSession, path: string): Promise<Stats> {
  return session.call<Stats>(path, (sftp, done) => {
    sftp.stat(path, done);
  });
}

function unlink(session: SftpSession, path: string): Promise<unknown> {
  return session.call<unknown>(path, (sftp, done) => {
    sftp.unlink(path, done as (error?: Error | null) => void);
  });
}

/** Renames over what is there; SFTP's own request does not. */
async function replace(session: SftpSession, from: string, to: string): Promise<void> {
  try {
    await session.call<unknown>(from, (sftp, done) => {
      sftp.ext_openssh_rename(from, to, done as (error?: Error | null) => void);
    });
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    await unlink(session, to).catch(() => undefined);
    await session.call<unknown>(from, (sftp, done) => {
      sftp.rename(from, to, done as (error?: Error | null) => void);
    });
  }
}

async function makeFolder(session: SftpSession, path: string): Promise<void> {
  const make = () =>
    session.call<unknown>(path, (sftp, done) => {
      sftp.mkdir(path, done as (error?: Error | null) => void);
    });
  try {
    await make();
  } catch (error) {
    const kind = error instanceof ProviderError ? error.kind : undefined;
    if (kind === 'notFound' && posix.dirname(path) !== path) {
      await makeFolder(session, posix.dirname(path));
      await make();
      return;
    }
    // It may be there already, which SFTP has no code for.
    const there = await stats(session, path).catch(() => undefined);
    if (!there?.isDirectory()) throw error;
  }
}

function described(name: string, stats_: Stats): RemoteFile {
  const kind = stats_.isFile()
    ? 'file'
    : stats_.isDirectory()
      ? 'folder'
      : stats_.isSymbolicLink()
        ? 'link'
        : 'other';
  return { name, kind, bytes: stats_.size, modified: stats_.mtime * 1000, mode: stats_.mode & 0o7777 };
}
