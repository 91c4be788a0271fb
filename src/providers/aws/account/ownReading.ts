import type { DeserializeMiddleware, MetadataBearer, MiddlewareStack } from '@smithy/types';
import type { Readable } from 'node:stream';
import { answersPlace } from './answers';

/** What the SDK's commands have. */
interface Command<I extends object, O extends MetadataBearer> {
  readonly middlewareStack: MiddlewareStack<I, O>;
}

/**
 * Gives the answer of `command` as JSON to `read`, anew at each attempt, in place of the SDK, which looks at each value by a schema: for a page of
 * 10,000 log events that takes about as long as all else together. The SDK's own result then has its `$metadata` and no members. It still reads
 * what is an error.
 */
export function readOurselves<I extends object, O extends MetadataBearer>(
  command: Command<I, O>,
  read: (json: unknown) => void,
): void {
  const middleware: DeserializeMiddleware<I, O> = (next) => async (args) => {
    const result = await next(args);
    const response = result.response as { readonly statusCode: number; body: Readable | Uint8Array };
    if (response.statusCode !== 200 || response.body instanceof Uint8Array) return result;
    const text = await textOf(response.body);
    response.body = Buffer.from('{}');
    // Throws a `SyntaxError` where it is none, as the SDK does.
    read(JSON.parse(text));
    return result;
  };
  // Nearer to the network is only what refuses answers that are not AWS's.
  command.middlewareStack.addRelativeTo(middleware, {
    name: 'trainyardReading',
    relation: 'before',
    toMiddleware: answersPlace.name,
    override: true,
  });
}

/** Rejects with the socket's error where it was cut. */
async function textOf(body: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}
