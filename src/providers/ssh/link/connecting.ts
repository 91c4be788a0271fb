import { ProviderError, asError } from '../../../core/errors';
import { backOff } from './backOff';
import { cancellable } from './cancellable';
import type { Credentials } from './credentials';
import type { Link } from './link';
import { DroppedError } from './linkError';
import { openLink } from './openLink';
import type { SshMachineParts } from './parts';
import { Questions } from './questions';
import type { SshMachineTimes } from './sshMachineTimes';

/** How often a server is tried that closes at once: one that is busy (MaxStartups) does so by chance. */
const dropsAtMost = 3;

interface Attempt {
  readonly quiet: boolean;
  readonly stop: AbortController;
  readonly done: Promise<void>;
  waiting: number;
}

/** Makes connections to one machine, one at a time: who comes while one is being made waits for that. */
export class Connecting {
  private attempt: Attempt | undefined;

  constructor(
    private readonly parts: SshMachineParts,
    private readonly credentials: Credentials,
    private readonly times: SshMachineTimes,
  ) {}

  /**
   * Resolves once a connection was made and handed to `onLink`, here or by an earlier call. It is given up when everybody who waits for
   * it has gone.
   */
  async link(quiet: boolean, signal: AbortSignal, onLink: (link: Link) => void): Promise<void> {
    const earlier = this.attempt;
    const attempt = earlier ?? this.begin(quiet, onLink);
    try {
      await this.waitFor(attempt, signal);
    } catch (error) {
      // It asked nobody, but here somebody can be asked.
      const wantsPerson = error instanceof ProviderError && error.kind === 'auth';
      if (!earlier?.quiet || quiet || !wantsPerson) throw error;
      await this.link(quiet, signal, onLink);
    }
  }

  /** One more of what there is already; asks nothing. */
  further(signal: AbortSignal): Promise<Link> {
    return this.open(true, signal);
  }

  stop(): void {
    this.attempt?.stop.abort();
    this.attempt = undefined;
  }

  private begin(quiet: boolean, onLink: (link: Link) => void): Attempt {
    const stop = new AbortController();
    const done = this.open(quiet, stop.signal)
      .then((link) => {
        if (!stop.signal.aborted) onLink(link);
        else link.close();
      })
      .finally(() => {
        if (this.attempt === attempt) this.attempt = undefined;
      });
    done.catch(() => undefined);
    const attempt: Attempt = { quiet, stop, done, waiting: 0 };
    this.attempt = attempt;
    return attempt;
  }

  private async waitFor(attempt: Attempt, signal: AbortSignal): Promise<void> {
    attempt.waiting += 1;
    try {
      await cancellable(attempt.done, signal);
    } finally {
      attempt.waiting -= 1;
      if (attempt.waiting === 0 && signal.aborted) {
        attempt.stop.abort();
        if (this.attempt === attempt) this.attempt = undefined;
      }
    }
  }

  private async open(quiet: boolean, signal: AbortSignal): Promise<Link> {
    const { parts, credentials, times } = this;
    const questions = new Questions(parts.context.prompts, quiet, signal);
    const { now } = parts.context;
    for (let attempt = 1; ; attempt++) {
      const config = await parts.resolve(signal);
      try {
        return await openLink(config, {
          parts,
          credentials,
          questions,
          signal,
          now,
          keepAlive: times.keepAlive,
          timeout: times.connect,
        });
      } catch (error) {
        // A server waits for a person only so long; the answer is good for the next connection too.
        if (isNetwork(error) && (await questions.answered())) continue;
        if (attempt >= dropsAtMost || !(error instanceof DroppedError)) throw asError(error);
        await backOff(attempt, times, signal, () => undefined);
      }
    }
  }
}

function isNetwork(error: unknown): boolean {
  return error instanceof ProviderError && error.kind === 'network';
}
