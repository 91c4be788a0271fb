import { Agent, request as ask } from 'node:http';
import type { WireAnswer, WireRequest } from './wireRequest';

/** Passes requests on to another server as they came. */
export class Forward {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(private readonly url: string) {}

  send({ method, path, headers, body }: WireRequest): Promise<WireAnswer> {
    return new Promise((resolve, reject) => {
      const sent = ask(
        new URL(path, this.url),
        { method, headers: { ...headers, 'content-length': body.length }, agent: this.agent },
        (answer) => {
          const pieces: Buffer[] = [];
          answer.on('data', (piece: Buffer) => pieces.push(piece));
          answer.on('error', reject);
          answer.on('end', () => {
            // Of the other connection.
            delete answer.headers.connection;
            delete answer.headers['transfer-encoding'];
            resolve({
              status: answer.statusCode ?? 500,
              headers: answer.headers,
              body: Buffer.concat(pieces),
            });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  stop(): void {
    this.agent.destroy();
  }
}
