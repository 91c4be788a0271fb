import type { AnyAuthMethod, Prompt } from 'ssh2';
import { asError } from '../../../core/errors';
import type { SignIn } from './authentication';

const wrong = 'That was not accepted.';

/** A server asks for a few things at most; more are a hostile server’s. */
const promptsAtMost = 10;

/** With `again`, an earlier answer was wrong. */
export async function passwordMethod(signIn: SignIn, again: boolean): Promise<AnyAuthMethod> {
  const { config } = signIn;
  const prompts = [{ prompt: `Password of ${config.user} on ${config.hostName}`, echo: false }];
  const [password = ''] = await answers(signIn, 'its password', '', prompts, again);
  return { type: 'password', username: config.user, password };
}

export function promptedMethod(
  signIn: SignIn,
  again: boolean,
  onProblem: (problem: Error) => void,
): AnyAuthMethod {
  let wasWrong = again;
  return {
    type: 'keyboard-interactive',
    username: signIn.config.user,
    prompt: (_name, instructions, _language, prompts, finish) => {
      answers(
        signIn,
        'an answer to what it asks',
        instructions,
        prompts.slice(0, promptsAtMost),
        wasWrong,
      ).then(finish, (error: unknown) => {
        onProblem(asError(error));
      });
      // A second question of one attempt is a second step, not a second try.
      wasWrong = false;
    },
  };
}

/** From memory where the same was asked and taken before, else from the person. */
async function answers(
  { config, credentials, questions, given }: SignIn,
  what: string,
  instructions: string,
  prompts: readonly Prompt[],
  again: boolean,
): Promise<string[]> {
  const asked = `${config.user}@${config.hostName}:${config.port}\n${prompts.map(({ prompt }) => prompt).join('\n')}`;
  const known = again ? undefined : credentials.answersTo(asked);
  if (known) return [...known];
  credentials.dropAnswers(asked);
  const texts: string[] = [];
  for (const { prompt, echo } of prompts) {
    const message = [instructions, prompt]
      .map(shown)
      .filter((text) => text !== '')
      .join(' — ');
    texts.push(
      await questions.secret(config.alias, what, {
        message: message === '' ? `${config.alias} asks for something, and does not say what.` : message,
        ...(again && { problem: wrong }),
        visible: echo === true,
      }),
    );
  }
  given.set(asked, texts);
  return texts;
}

/** What a server says is shown as one line of plain text. */
function shown(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .replace(/:$/, '')
    .slice(0, 300);
}
