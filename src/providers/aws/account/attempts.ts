import type { FinalizeRequestMiddleware, HandlerExecutionContext, MetadataBearer } from '@smithy/types';
import { limitOf } from './limits';
import type { Pause, Rates } from './rates';
import { retryReason, waitAsked } from './retryReason';
import { tellWait } from './waits';

/**
 * Takes the place of the SDK's own retries, whose rate is one process's: each attempt waits for its turn among all windows, and what
 * AWS or the network refused for now is asked again. `scope`: whose quota it is, an account's in a region.
 */
export function attempts(
  rates: Rates,
  scope: string,
  pause: Pause,
  random: () => number = Math.random,
): FinalizeRequestMiddleware<object, MetadataBearer> {
  return (next, context) => async (args) => {
    const { client, command, signal } = callOf(context);
    const limit = limitOf(client, command);
    const failed = { throttled: 0, passing: 0 };
    const key = `${scope} ${client}.${command}`;
    await rates.turn(key, limit, signal);
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await next(args);
        result.output.$metadata.attempts = attempt;
        return result;
      } catch (error) {
        const reason = signal.aborted ? undefined : retryReason(error);
        if (reason === 'throttled') await rates.throttled(key, limit, signal);
        // A stream that was sent once is gone. Each reason has its own tries: being throttled takes none from a line that is cut.
        if (reason === undefined || ++failed[reason] >= tries[reason] || isStream(args.request)) throw error;
        const longest = Math.min(longestPause, firstPause[reason] * 2 ** (failed[reason] - 1));
        // The first wait is too short for anybody to notice.
        const waited =
          reason === 'throttled' && failed.throttled > 1
            ? tellWait(slowDown(failed.throttled + 1))
            : undefined;
        try {
          await pause(Math.max(random() * longest, waitAsked(error)), signal);
          await rates.turn(key, limit, signal);
        } finally {
          waited?.();
        }
      }
    }
  };
}

/** What the SDK's clients know it by, so that signing comes after it, anew for each attempt. */
export const attemptsPlace = {
  name: 'retryMiddleware',
  step: 'finalizeRequest',
  priority: 'high',
  override: true,
} as const;

function slowDown(attempt: number): string {
  return `AWS asks to slow down; waiting for try ${attempt} of ${tries.throttled}`;
}

const tries = { throttled: 8, passing: 4 } as const;
/** Milliseconds; the longest that the first pause can be. */
const firstPause = { throttled: 500, passing: 100 } as const;
const longestPause = 20_000;

const never = new AbortController().signal;

function callOf(context: HandlerExecutionContext) {
  // The SDK's own middlewares find the signal there too.
  const smithy = context.__smithy_context as { readonly abortSignal?: AbortSignal } | undefined;
  return {
    client: context.clientName ?? '',
    command: context.commandName ?? '',
    signal: smithy?.abortSignal ?? never,
  };
}

function isStream(request: unknown): boolean {
  const body = (request as { readonly body?: unknown } | undefined)?.body;
  return typeof body === 'object' && body !== null && ('pipe' in body || 'getReader' in body);
}
