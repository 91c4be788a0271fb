import { CancelledError, DeclinedError, ProviderError } from '../../../core/errors';
import type { ConfirmQuestion, SecretQuestion } from '../../../core/prompts';
import type { Deadline } from './deadline';
import type { SshMachineParts } from './parts';

/** What may be asked while one connection is being made. The time that a person takes is not the connection's. */
export class Questions {
  /** What a stage of the connection may take; set by whoever makes it. */
  deadline: Deadline | undefined;
  private asking: Promise<boolean> | undefined;
  /** Since it was last asked for. */
  private wasAnswered = false;

  constructor(
    private readonly prompts: SshMachineParts['context']['prompts'],
    /** Nobody may be asked. */
    readonly quiet: boolean,
    private readonly signal: AbortSignal,
  ) {}

  /** Throws `ProviderError` of kind `auth` where nothing is answered. `alias` is the host that needs it; `what` follows “needs”. */
  async secret(alias: string, what: string, question: Omit<SecretQuestion, 'title'>): Promise<string> {
    this.refuseQuietly(alias, what);
    const answer = await this.waiting(() =>
      this.prompts.secret({ title: `SSH: ${alias}`, ...question }, this.signal),
    );
    if (answer === undefined) {
      throw new DeclinedError('auth', `The connection to ${alias} needs ${what}, and none was given.`);
    }
    return answer;
  }

  async confirm(alias: string, what: string, question: ConfirmQuestion): Promise<boolean> {
    this.refuseQuietly(alias, what);
    return this.waiting(() => this.prompts.confirm(question, this.signal));
  }

  /** Whether somebody answered since the last time that this was asked. Waits for the question that is open. */
  async answered(): Promise<boolean> {
    const answered = (await this.asking) ?? this.wasAnswered;
    this.wasAnswered = false;
    return answered;
  }

  private refuseQuietly(alias: string, what: string): void {
    if (!this.quiet) return;
    throw new ProviderError('auth', `The connection to ${alias} needs ${what}. Attach to it to be asked.`);
  }

  private async waiting<T>(ask: () => Promise<T>): Promise<T> {
    const asked = this.deadline?.without(ask) ?? ask();
    const asking = asked.then(
      (answer) => answer !== undefined && answer !== false,
      () => false,
    );
    this.asking = asking;
    const answer = await asked;
    if (this.asking === asking) this.asking = undefined;
    // The server may have stopped waiting right before, which is known only once it is told the answer.
    this.wasAnswered = await asking;
    if (this.signal.aborted) throw new CancelledError();
    return answer;
  }
}
