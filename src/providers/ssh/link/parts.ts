import type { ParsedKey } from 'ssh2';
import type { ProviderContext } from '../../context';
import type { HostConfig, HostKeyVerdict } from '../hostConfig';

/** What known_hosts say, and where a key that was agreed to is written. */
export interface HostKeys {
  /** Key types known under the host's name, to be offered first; `undefined` where none is. */
  preferred(config: HostConfig): Promise<readonly string[] | undefined>;
  verdict(config: HostConfig, key: Uint8Array): Promise<HostKeyVerdict>;
  remember(config: HostConfig, key: Uint8Array): Promise<void>;
}

/** A private key on this computer. */
export interface KeyFile {
  readonly path: string;
  readonly encrypted: boolean;
  /** Throws `ProviderError` of kind `auth` for a wrong passphrase, `invalid` for a file that can't be used. */
  unlock(passphrase: string | undefined): Promise<ParsedKey>;
}

/** What a connection over SSH is made from. */
export interface SshMachineParts {
  /** Absent: `ssh/` and the alias. */
  readonly id?: string;
  readonly alias: string;
  readonly context: Pick<ProviderContext, 'log' | 'prompts' | 'secrets' | 'now' | 'setting'>;
  resolve(signal: AbortSignal): Promise<HostConfig>;
  readonly hostKeys: HostKeys;
  /** `undefined` where the file is not there. A key that was unlocked once stays so for this process. */
  keyFile(path: string): Promise<KeyFile | undefined>;
}
