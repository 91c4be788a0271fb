import { ProviderError, type ErrorKind } from '../../../src/core/errors';
import type { AwsAccount } from '../../../src/providers/aws/account/account';
import type { AwsService, Clients, Sdk } from '../../../src/providers/aws/account/sdk';

type Answer = (input: Readonly<Record<string, unknown>>) => unknown;

/** An account without a network: each operation is answered by a function of the test, by its name such as `GetProducts`. */
export class ScriptedAccount implements AwsAccount {
  readonly connection: string;
  readonly profile = undefined;
  /** The operations that were asked, in order. */
  readonly asked: string[] = [];

  constructor(
    readonly region: string,
    private readonly answers: Readonly<Record<string, Answer>>,
    profile?: string,
  ) {
    this.connection = `aws/${region}${profile === undefined ? '' : `@${profile}`}`;
  }

  ask<S extends AwsService, T>(
    _service: S,
    what: string,
    call: (sdk: Sdk<S>, client: Clients[S], options: { readonly abortSignal: AbortSignal }) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const sdk = new Proxy({}, { get: (_, name) => commandOf(String(name)) });
    const send = ({ name, input }: Command) => {
      this.asked.push(name);
      const answer = this.answers[name];
      if (!answer) throw new ProviderError('unavailable', `${what}: nothing is known of ${name}`);
      return Promise.resolve(answer(input));
    };
    return call(sdk as Sdk<S>, { send } as unknown as Clients[S], { abortSignal: signal });
  }

  accountId(signal: AbortSignal): Promise<string> {
    const identity = this.answers.GetCallerIdentity;
    if (!identity) return Promise.resolve('111122223333');
    return this.ask('sts', 'Who', () => Promise.resolve(identity({}) as string), signal);
  }
}

/** An answer that is a failure of that kind. */
export function failing(kind: ErrorKind, message: string): Answer {
  return () => {
    throw new ProviderError(kind, message);
  };
}

interface Command {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

function commandOf(name: string) {
  return class {
    readonly name = name.replace(/Command$/, '');
    constructor(readonly input: Command['input']) {}
  };
}
