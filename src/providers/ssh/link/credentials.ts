import type { ParsedKey } from 'ssh2';
import { ProviderError } from '../../../core/errors';
import type { KeyFile, SshMachineParts } from './parts';
import type { Questions } from './questions';

/** How often something that was wrong is asked for again, as OpenSSH does. */
export const askAtMost = 3;

/** What was unlocked and answered, in memory only: a connection that is made again asks nothing. */
export class Credentials {
  private readonly keys = new Map<string, Promise<ParsedKey>>();
  private readonly answers = new Map<string, readonly string[]>();

  constructor(private readonly secrets: SshMachineParts['context']['secrets']) {}

  /** Of one path there is one question at a time, whoever needs the key. */
  async key(file: KeyFile, questions: Questions): Promise<ParsedKey> {
    const held = this.keys.get(file.path);
    if (held) {
      // Whoever asked first may have been refused or have given up: then it is the next one's turn.
      const key = await held.catch(() => undefined);
      if (key) return key;
    }
    const unlocking = this.unlock(file, questions);
    this.keys.set(file.path, unlocking);
    try {
      return await unlocking;
    } catch (error) {
      if (this.keys.get(file.path) === unlocking) this.keys.delete(file.path);
      throw error;
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

  clear(): void {
    this.keys.clear();
    this.answers.clear();
  }

  private async unlock(file: KeyFile, questions: Questions): Promise<ParsedKey> {
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
      const passphrase = await questions.secret(what, {
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
