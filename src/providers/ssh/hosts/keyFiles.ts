import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { ParsedKey } from 'ssh2';
import { messageOf, ProviderError } from '../../../core/errors';
import type { Log } from '../../../core/log';
import { isSystemError } from '../../../node/files';
import type { KeyFile } from '../link/parts';
import { keyText, type KeyText } from './keyText';
import { pemForSsh } from './pkcs8';

/** Longest file that may be a key, in bytes. */
const longest = 1 << 20;

/**
 * The private keys on this computer. What was unlocked once stays so for this process, because undoing OpenSSH's slow hash takes ssh2
 * some 0.4 s in which nothing else happens; a file that changed is read anew.
 */
export class KeyFiles {
  /** By path, with the file's own mark. */
  private readonly unlocked = new Map<string, { readonly mark: string; readonly key: ParsedKey }>();
  private readonly warned = new Set<string>();

  constructor(private readonly log: Pick<Log, 'warn'>) {}

  /** `undefined` where the file is not there. Throws `ProviderError` of kind `invalid` for one that can't be used. */
  async get(path: string): Promise<KeyFile | undefined> {
    const text = await this.read(path);
    if (text === undefined) return undefined;
    const mark = createHash('sha256').update(text).digest('hex');
    const before = this.unlocked.get(path);
    if (before?.mark === mark) return { path, encrypted: false, unlock: () => Promise.resolve(before.key) };
    const about = keyText(text);
    if (!about) throw unusable(path, 'it is no private key, or a damaged one');
    if (about.unusable !== undefined) throw unusable(path, about.unusable);
    const unlock = async (passphrase: string | undefined) => {
      const key = await parsed(path, text, about, passphrase);
      this.unlocked.set(path, { mark, key });
      return key;
    };
    return { path, encrypted: about.encrypted, unlock };
  }

  private async read(path: string): Promise<string | undefined> {
    try {
      const { size, mode } = await stat(path);
      if (size > longest) throw unusable(path, 'it is too large to be a key');
      this.warnOfMode(path, mode);
      return await readFile(path, 'latin1');
    } catch (error) {
      if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined;
      if (error instanceof ProviderError) throw error;
      throw unusable(path, messageOf(error), error);
    }
  }

  /** ssh itself refuses such a key; here a word is enough, since the key is as public as it was before. */
  private warnOfMode(path: string, mode: number): void {
    if (process.platform === 'win32' || (mode & 0o077) === 0 || this.warned.has(path)) return;
    this.warned.add(path);
    this.log.warn(
      `Others on this computer can read this private key, and ssh refuses it; run chmod 600 on it: ${path}`,
    );
  }
}

async function parsed(
  path: string,
  text: string,
  { format, encrypted }: KeyText,
  passphrase: string | undefined,
): Promise<ParsedKey> {
  if (encrypted && (passphrase === undefined || passphrase === ''))
    throw new ProviderError('auth', `This key needs its passphrase: ${path}`);
  const { utils } = (await import('ssh2')).default;
  const given = encrypted ? passphrase : undefined;
  let key: ParsedKey | Error;
  try {
    key = utils.parseKey(format === 'pem' ? pemForSsh(text, given) : text, given);
  } catch (error) {
    if (error instanceof ProviderError) throw unusable(path, error.message, error);
    key = error instanceof Error ? error : new Error(String(error));
  }
  const one = Array.isArray(key) ? (key as ParsedKey[])[0] : key;
  if (one === undefined) throw unusable(path, 'it holds no key');
  if (!(one instanceof Error)) return one;
  // A damaged file fails in the same way as a wrong passphrase: its bytes come out as nonsense.
  if (encrypted && !/unsupported|not supported/i.test(one.message))
    throw new ProviderError('auth', `This is not the key’s passphrase: ${path}`, { cause: one });
  throw unusable(path, one.message, one);
}

function unusable(path: string, why: string, cause?: unknown): ProviderError {
  return new ProviderError('invalid', `The key can’t be used, because ${why}: ${path}`, { cause });
}
