import { createInterface } from 'node:readline/promises';
import { Writable, type Readable } from 'node:stream';
import { CancelledError } from '../core/errors';
import type { Prompts, SecretStore } from '../core/prompts';

/** Nobody is asked: what needs an answer fails with a sentence that says so. */
export const noPrompts: Prompts = {
  secret: () => Promise.resolve(undefined),
  confirm: () => Promise.resolve(false),
  visit: () => Promise.resolve(false),
  choose: () => Promise.resolve(undefined),
};

/** The CLI keeps no secrets. */
export const noSecrets: SecretStore = {
  get: () => Promise.resolve(undefined),
  delete: () => Promise.resolve(),
};

/** The terminal that a person sits at. */
export interface Asking {
  readonly in: Readable;
  readonly err: Writable;
  /** As if they had pressed Ctrl+C at any other time: while an answer is typed, the terminal hands the key on. */
  readonly interrupt: () => void;
}

/** Asks on the terminal, one question after the other. What is secret is typed unseen. */
export function terminalPrompts(asking: Asking): Prompts {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(ask: () => Promise<T>): Promise<T> => {
    const turn = last.then(ask);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    secret: ({ message, problem, visible }, signal) =>
      inTurn(() => {
        asking.err.write(problem === undefined ? '' : `${plain(problem)}\n`);
        return answer(asking, `${plain(message)} `, visible === true, signal);
      }),
    confirm: ({ message, detail, yes }, signal) =>
      inTurn(async () => {
        asking.err.write(`${plain(message)}\n${plain(detail)}\n`);
        const said = await answer(asking, `${plain(yes)}? [yes/no] `, true, signal);
        return said?.trim().toLowerCase() === 'yes';
      }),
    visit: ({ message, url, code }, signal) =>
      inTurn(() => {
        if (signal.aborted) throw new CancelledError();
        asking.err.write(`${plain(message)}\n  ${plain(url)}\nThe page shows this code: ${plain(code)}\n`);
        return Promise.resolve(true);
      }),
    choose: ({ message, choices }, signal) =>
      inTurn(async () => {
        const lines = choices.map(
          ({ label, detail }, index) => `${index + 1}) ${label}${detail === undefined ? '' : `  ${detail}`}`,
        );
        asking.err.write(`${[message, ...lines].map(plain).join('\n')}\n`);
        const said = await answer(asking, `Which one? [1-${choices.length}] `, true, signal);
        return /^\d{1,9}$/.test(said?.trim() ?? '') ? choices[Number(said) - 1]?.value : undefined;
      }),
  };
}

/** One line; `undefined` where the input ends first. Throws `CancelledError` on Ctrl+C and when `signal` is aborted. */
async function answer(
  { in: input, err, interrupt }: Asking,
  question: string,
  visible: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (signal.aborted) throw new CancelledError();
  err.write(question);
  // The line editor echoes to its output: what is secret goes nowhere.
  const output = visible
    ? err
    : new Writable({
        write: (_chunk, _encoding, done) => {
          done();
        },
      });
  const lines = createInterface({ input, output, terminal: true, historySize: 0 });
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('close', () => {
        resolve(undefined);
      });
      lines.once('SIGINT', () => {
        interrupt();
        reject(new CancelledError());
      });
      signal.addEventListener(
        'abort',
        () => {
          reject(new CancelledError());
        },
        { once: true },
      );
    });
  } finally {
    lines.close();
    if (!visible) err.write('\n');
  }
}

/** What a server says must not move the cursor or change the screen; lines stay lines. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => (character === '\n' ? '\n' : ' '));
}
