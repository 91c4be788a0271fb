import { AwsRefusal, type WireAnswer, type WireRequest } from './wire/wireRequest';

/** `RunInstances` as EC2 does it: for the same token the same answer, for other parameters with it a refusal. moto looks at no token. */
export class LaunchTokens {
  private readonly given = new Map<
    string,
    { readonly asked: string; readonly answer: Promise<WireAnswer> }
  >();

  constructor(private readonly send: (request: WireRequest) => Promise<WireAnswer>) {}

  run(request: WireRequest): Promise<WireAnswer> {
    const form = new URLSearchParams(request.body.toString());
    const token = `${request.region} ${form.get('ClientToken') ?? ''}`;
    form.sort();
    const asked = form.toString();
    const before = this.given.get(token);
    if (!form.has('ClientToken')) return this.send(request);
    if (before && before.asked !== asked)
      throw new AwsRefusal(
        'IdempotentParameterMismatch',
        'The client token you have provided is associated with a resource of other parameters.',
      );
    const answer = before?.answer ?? this.send(request);
    this.given.set(token, { asked, answer });
    // What was refused made nothing.
    void answer.then(({ status }) => status >= 400 && this.given.delete(token));
    return answer;
  }
}
