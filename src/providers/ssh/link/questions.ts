import { CancelledError, ProviderError } from '../../../core/errors';
import type { ConfirmQuestion, SecretQuestion } from '../../../core/prompts';
import type { Deadline } from './deadline';
import type { SshMachineParts } from './parts';

/** What may be asked while one connection is being made. The time that a person takes is not the connection's. */
export class Questions {
  /** What a stage of the connection may take; set by whoever makes it. */
  deadline: Deadline | undefined;

  constructor(
    private readonly prompts: SshMachineParts['context']['prompts'],
    private readonly alias: string,
    /** Nobody may be asked. */
    readonly quiet: boolean,
    private readonly signal: AbortSignal,
  ) {}

  /** Throws `ProviderError` of kind `auth` where nothing is answered. `what` follows “needs”. */
  async secret(what: string, question: Omit<SecretQuestion, 'title'>): Promise<string> {
    this.refuseQuietly(what);
    const answer = await this.waiting(() =>
      this.prompts.secret({ title: `SSH: ${this.alias}`, ...question }, this.signal),
    );
    if (answer === undefined) {
      throw new ProviderError('auth', `The connection to ${this.alias} needs ${what}, and none was given.`);
    }
    return answer;
  }

  async confirm(what: string, question: ConfirmQuestion): Promise<boolean> {
    this.refuseQuietly(what);
    return this.waiting(() => this.prompts.confirm(question, this.signal));
  }

  private refuseQuietly(what: string): void {
    if (!this.quiet) return;
    throw new ProviderError(
      'auth',
      `The connection to ${this.alias} needs ${what}. Attach to it to be asked.`,
    );
  }

  private async waiting<T>(ask: () => Promise<T>): Promise<T> {
    const answer = await (this.deadline?.without(ask) ?? ask());
    if (this.signal.aborted) throw new CancelledError();
    return answer;
  }
}
