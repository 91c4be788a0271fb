import { ProviderError, messageOf, throwIfCancelled } from '../../../core/errors';
import { backOff } from './backOff';
import type { SshMachineTimes } from './sshMachineTimes';

/** What the attempts are made with, and who hears of them. None is called once they were stopped. */
export interface MendingParts {
  connect(signal: AbortSignal): Promise<unknown>;
  /** An attempt failed, and another follows. */
  onFailure(failure: ProviderError): void;
  /** There are no more attempts: it is connected, or this is in the way. */
  onEnd(failure?: ProviderError): void;
}

/** The attempts to connect again, for as long as it takes. What only a person can settle ends them. */
export class Mending {
  /** Rejects with what ended the attempts. */
  done: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();
  private wake: (() => void) | undefined;

  constructor(
    private readonly times: SshMachineTimes,
    private readonly parts: MendingParts,
  ) {}

  start(): void {
    this.done = this.attempts(this.stopping.signal);
    // Whoever waits hears of it; when nobody does, the status says it.
    this.done.catch(() => undefined);
  }

  /** Makes the next attempt at once. */
  hurry(): void {
    this.wake?.();
  }

  stop(): void {
    this.stopping.abort();
  }

  private async attempts(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      await backOff(attempt, this.times, signal, (hurry) => {
        this.wake = hurry;
      });
      throwIfCancelled(signal);
      try {
        await this.parts.connect(signal);
      } catch (error) {
        throwIfCancelled(signal);
        const known =
          error instanceof ProviderError
            ? error
            : new ProviderError('unknown', messageOf(error), { cause: error });
        if (known.kind === 'network') {
          this.parts.onFailure(known);
          continue;
        }
        this.parts.onEnd(known);
        throw known;
      }
      this.parts.onEnd();
      return;
    }
  }
}
