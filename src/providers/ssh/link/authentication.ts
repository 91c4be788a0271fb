import type { AnyAuthMethod, AuthenticationType } from 'ssh2';
import { ProviderError, asError } from '../../../core/errors';
import type { HostConfig } from '../hostConfig';
import { askAtMost, type Credentials } from './credentials';
import { KeyOffers } from './keyOffers';
import type { SshMachineParts } from './parts';
import { passwordMethod, promptedMethod } from './passwordMethods';
import type { Questions } from './questions';
import type { Ssh2 } from './ssh2';

export interface SignIn {
  readonly ssh2: Ssh2;
  readonly config: HostConfig;
  readonly credentials: Credentials;
  readonly questions: Questions;
  /** What was answered, by what was asked: to be kept once the server took it. */
  readonly given: Map<string, readonly string[]>;
  readonly keyFile: SshMachineParts['keyFile'];
}

/** What a server said to an attempt; `left` is `undefined` before the first answer. */
interface Answer {
  readonly left: readonly AuthenticationType[] | undefined;
  /** The attempt was right, and the server wants more. */
  readonly partial: boolean;
}

/**
 * Signs in as OpenSSH does: keys (those of the agent first), then questions of the server, then the password, and again where
 * the server wants two of them.
 */
export class Authentication {
  private readonly attempts: AsyncGenerator<AnyAuthMethod, void, Answer>;
  private readonly keys: KeyOffers;
  private asked = 0;
  private answered = false;
  private passed: AuthenticationType | undefined;
  private current: AuthenticationType = 'none';
  private left: readonly AuthenticationType[] | undefined;

  constructor(
    private readonly signIn: SignIn,
    /** Ends the connection: nothing more is to be tried. */
    private readonly onProblem: (problem: Error) => void,
  ) {
    this.keys = new KeyOffers(signIn, onProblem);
    this.attempts = this.all();
  }

  /** ssh2's `authHandler`: what was said to the last attempt, and where the next one goes. */
  readonly handler = (
    left: AuthenticationType[] | null,
    partial: boolean | null,
    next: (method: AnyAuthMethod | false) => void,
  ): void => {
    this.attempts.next({ left: left ?? undefined, partial: partial === true }).then(
      ({ done, value }) => {
        if (done) this.onProblem(this.problem());
        else {
          this.current = value.type;
          next(value);
        }
      },
      (error: unknown) => {
        this.onProblem(asError(error));
      },
    );
  };

  private async *all(): AsyncGenerator<AnyAuthMethod, void, Answer> {
    const username = this.signIn.config.user;
    let answer: Answer = yield { type: 'none', username };
    this.left = answer.left;
    const allowed = (type: AuthenticationType) => answer.left?.includes(type) ?? true;
    do {
      answer = { ...answer, partial: false };
      if (allowed('publickey')) {
        for await (const method of this.keys) {
          const before = answer;
          answer = yield method;
          // ssh2 does not tell what a server said to an agent’s key, but what it said before.
          if (method.type === 'agent') answer = { ...before, partial: false };
          if (answer.partial || !allowed('publickey')) break;
        }
        const onlyKeys = !allowed('keyboard-interactive') && !allowed('password');
        if (!answer.partial && onlyKeys && this.keys.lastWasAgents) {
          // Whether the server wants a password now is seen by asking for nothing.
          answer = { ...((yield { type: 'none', username }) satisfies Answer), partial: false };
        }
      }
      for (const type of ['keyboard-interactive', 'password'] as const) {
        while (!answer.partial && allowed(type) && this.asked < askAtMost) {
          answer = yield await this.asking(type);
        }
      }
      if (answer.partial) this.passed = this.current;
      this.left = answer.left;
    } while (answer.partial);
  }

  private asking(type: 'keyboard-interactive' | 'password'): Promise<AnyAuthMethod> {
    this.asked += 1;
    const again = this.answered;
    this.answered = true;
    return type === 'password'
      ? passwordMethod(this.signIn, again)
      : Promise.resolve(promptedMethod(this.signIn, again, this.onProblem));
  }

  private problem(): Error {
    const { config } = this.signIn;
    const begin = `${config.alias} let nobody in as ${config.user}`;
    const wanted = this.left?.join(' or ') ?? 'nothing';
    if (this.asked > 0) return new ProviderError('auth', `${begin}: what was answered is wrong.`);
    const tried =
      this.keys.tried.length > 0
        ? `none of these keys was accepted: ${this.keys.tried.join(', ')}`
        : `no key is there to try`;
    const notes = this.keys.notes.map((note) => ` ${note}`).join('');
    const more = this.passed === undefined ? '' : ' after a first step that was right';
    return new ProviderError(
      'auth',
      `${begin}${more}: it takes ${wanted}, and ${tried}.${notes} Check User and IdentityFile in the SSH configuration, and that the public key is in authorized_keys there.`,
    );
  }
}
