import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelledError, ProviderError } from '../../../core/errors';
import { writeAtomic } from '../../../node/files';

/** An answer of AWS that rarely changes, and when it came (Unix milliseconds). */
export interface Kept<T> {
  readonly at: number;
  readonly value: T;
}

const day = 24 * 3_600_000;
/** A failure is not asked about again so soon, in milliseconds: plans are made at each pause in typing. */
const failureRest = 60_000;
/** All pages of it, in milliseconds. */
const longestAnswer = 20_000;

/**
 * Answers kept for a day in files of the state folder, for all windows and the CLI. Whoever asks for the same at once waits for the same
 * call.
 */
export class KeptAnswers {
  private readonly open = new Map<string, Promise<Kept<unknown>>>();
  private readonly failures = new Map<string, { readonly at: number; readonly error: unknown }>();

  constructor(
    private readonly home: string,
    private readonly now: () => number,
  ) {}

  /** `key` is a file name. Throws what `ask` throws. The file is checked by `isValid`: another version may have written it. */
  async get<T>(
    key: string,
    isValid: (value: unknown) => value is T,
    ask: (signal: AbortSignal) => Promise<T>,
  ): Promise<Kept<T>> {
    const file = join(this.home, 'aws', `${key}.json`);
    const known = await read(file, isValid);
    const age = known ? this.now() - known.at : Infinity;
    // A clock that was set back makes an answer look younger than it is.
    if (known && age >= 0 && age < day) return known;
    const failure = this.failures.get(key);
    if (failure && this.now() - failure.at < failureRest) throw failure.error;
    return this.ask(key, file, ask);
  }

  private ask<T>(key: string, file: string, ask: (signal: AbortSignal) => Promise<T>): Promise<Kept<T>> {
    const running = this.open.get(key);
    if (running) return running as Promise<Kept<T>>;
    const asking = (async () => {
      try {
        // Of no one caller: the next one wants the answer too.
        const kept = { at: this.now(), value: await ask(AbortSignal.timeout(longestAnswer)) };
        this.failures.delete(key);
        // Kept only so as to ask less: with a full disk it is asked for again.
        await this.write(file, kept).catch(() => undefined);
        return kept;
      } catch (error) {
        const failure = error instanceof CancelledError ? tooSlow() : error;
        this.failures.set(key, { at: this.now(), error: failure });
        throw failure;
      } finally {
        this.open.delete(key);
      }
    })();
    this.open.set(key, asking);
    return asking;
  }

  private async write(file: string, kept: Kept<unknown>): Promise<void> {
    await mkdir(join(this.home, 'aws'), { recursive: true, mode: 0o700 });
    await writeAtomic(file, JSON.stringify(kept));
  }
}

function tooSlow(): ProviderError {
  return new ProviderError('network', 'AWS did not answer in time. Check the network.');
}

async function read<T>(file: string, isValid: (value: unknown) => value is T): Promise<Kept<T> | undefined> {
  try {
    const kept = JSON.parse(await readFile(file, 'utf8')) as Partial<Kept<unknown>> | null;
    if (typeof kept?.at === 'number' && isValid(kept.value)) return { at: kept.at, value: kept.value };
  } catch {
    // Not there, or not whole: it is asked for again.
  }
  return undefined;
}
