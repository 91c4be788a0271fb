import type { ParsedKey } from 'ssh2';
import { ProviderError } from '../../../core/errors';
import type { HostConfig } from '../hostConfig';
import type { KeyFile, SshMachineParts } from './parts';
import type { Questions } from './questions';

/** How often something that was wrong is asked for again, as OpenSSH does. */
export const askAtMost = 3;

/** What was answered, in memory only: a connection that is made again asks nothing. Unlocked keys are kept where they are read. */
export class Credentials {
  private readonly unlocking = new Map<string, Promise<ParsedKey>>();
  private readonly answers = new Map<string, readonly string[]>();
  /** Host keys that were agreed to: they can’t always be written down. */
  private readonly hostKeys = new Set<string>();

  constructor(private readonly secrets: SshMachineParts['context']['secrets']) {}

  /** Of one path there is one question at a time, however many connections need the key. `alias` is the host that it is for. */
  async key(file: KeyFile, alias: string, questions: Questions): Promise<ParsedKey> {
    // Whoever asked first may have been refused or have given up: then it is the next one’s turn.
    const earlier = await this.unlocking.get(file.path)?.catch(() => undefined);
    if (earlier) return earlier;
    const unlocking = this.unlock(file, alias, questions);
    this.unlocking.set(file.path, unlocking);
    try {
      return await unlocking;
    } finally {
      if (this.unlocking.get(file.path) === unlocking) this.unlocking.delete(file.path);
    }
  }

  /** Answers that a server took before, by what it asked. */
  answersTo(question: string): readonly string[] | undefined {
    return this.answers.get(question);
  }

  keepAnswers(question: string, answers: readonly string[]): void {
    this.answers.set(question, answers);
  }

  dropAnswers(question: string): void {
    this.answers.delete(question);
  }

  trusts({ hostName, port }: HostConfig, fingerprint: string): boolean {
    return this.hostKeys.has(`${hostName} ${port} ${fingerprint}`);
  }

  trust({ hostName, port }: HostConfig, fingerprint: string): void {
    this.hostKeys.add(`${hostName} ${port} ${fingerprint}`);
  }

  clear(): void {
    this.hostKeys.clear();
    this.answers.clear();
  }

  private async unlock(file: KeyFile, alias: string, questions: Questions): Promise<ParsedKey> {
    if (!file.encrypted) return file.unlock(undefined);
    const keepAs = `ssh.passphrase.${file.path}`;
    const kept = await this.secrets.get(keepAs);
    if (kept !== undefined) {
      const key = await opened(file, kept);
      if (key) return key;
      await this.secrets.delete(keepAs);
    }
    const what = `the passphrase of the key ${file.path}`;
    for (let attempt = 1; ; attempt++) {
      const passphrase = await questions.secret(alias, what, {
        message: `Passphrase of the key ${file.path}`,
        ...(attempt > 1 && { problem: 'This passphrase does not open the key.' }),
        keepAs,
      });
      const key = await opened(file, passphrase);
      if (key) return key;
      await this.secrets.delete(keepAs);
      if (attempt >= askAtMost) {
        throw new ProviderError(
          'auth',
          `The key can’t be opened with any passphrase that was given: ${file.path}`,
        );
      }
    }
  }
}

/** `undefined` for a wrong passphrase. */
async function opened(file: KeyFile, passphrase: string): Promise<ParsedKey | undefined> {
  try {
    return await file.unlock(passphrase);
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'auth') return undefined;
    throw error;
  }
}
