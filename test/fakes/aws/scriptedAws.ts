import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What AWS, or something in its place, says to one request. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Cuts the connection in place of an answer, or in the middle of it. */
  readonly cut?: true | 'inside';
}

export interface SeenRequest {
  /** Such as `DescribeTrainingJob`, or the action of a query, or empty. */
  readonly operation: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server on 127.0.0.1 that gives the answers it was told to, one after the other, the last one for ever. */
export class ScriptedAws {
  readonly requests: SeenRequest[] = [];
  private answers: readonly ((request: SeenRequest) => Answer)[] = [];
  private given = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ScriptedAws> {
    const server = createServer();
    const scripted = new ScriptedAws(server);
    server.on('request', (request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const body = Buffer.concat(pieces).toString();
        const target = String(request.headers['x-amz-target'] ?? '').split('.')[1];
        const operation = target ?? new URLSearchParams(body).get('Action') ?? '';
        const seen = { operation, path: request.url ?? '', headers: request.headers, body };
        scripted.requests.push(seen);
        const { status = 200, headers = {}, body: text = '', cut } = scripted.next(seen);
        if (cut === 'inside') {
          response.writeHead(status, { ...headers, 'content-length': text.length });
          response.write(text.slice(0, text.length / 2), () => request.socket.destroy());
        } else if (cut) request.socket.destroy();
        else response.writeHead(status, headers).end(text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on these. */
  answer(...answers: readonly (Answer | ((request: SeenRequest) => Answer))[]): void {
    this.answers = answers.map((answer) => (typeof answer === 'function' ? answer : () => answer));
    this.given = 0;
    this.requests.length = 0;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private next(request: SeenRequest): Answer {
    const answer = this.answers[Math.min(this.given++, this.answers.length - 1)];
    return answer?.(request) ?? { status: 500 };
  }
}

/** An answer of the services that speak JSON. */
export function json(body: object, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'r-1', ...headers },
    body: JSON.stringify(body),
  };
}

/** A refusal of the services that speak JSON. */
export function refusal(code: string, message: string, status = 400): Answer {
  return { ...json({ __type: code, message }), status };
}
