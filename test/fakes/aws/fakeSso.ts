import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** IAM Identity Center as far as a sign-in and the keys of a role go: the device authorization grant, refresh and `GetRoleCredentials`. */
export class FakeSso {
  /** How often the page was asked about before the person said yes. */
  pendingAnswers = 2;
  /** Seconds until the page is of no use any more. */
  expiresIn = 600;
  /** What the person does on the page. */
  person: 'agrees' | 'refuses' | 'sleeps' = 'agrees';
  readonly seen: string[] = [];
  readonly registered: { readonly clientName?: string; readonly scopes?: readonly string[] }[] = [];
  /** Tokens that count. */
  readonly tokens = new Set<string>();
  private asked = 0;
  private given = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeSso> {
    const server = createServer();
    const sso = new FakeSso(server);
    server.on('request', (request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        sso.answer(request, Buffer.concat(pieces).toString(), response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return sso;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, body: string, response: ServerResponse): void {
    const path = new URL(request.url ?? '/', this.url).pathname;
    this.seen.push(path);
    const [status, content] = this.content(path, body, request);
    const type = typeof content.error === 'string' ? { 'x-amzn-errortype': content.error } : {};
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-requestid': 'r', ...type });
    response.end(JSON.stringify(content));
  }

  private content(
    path: string,
    body: string,
    request: IncomingMessage,
  ): readonly [number, Readonly<Record<string, unknown>>] {
    switch (path) {
      case '/client/register':
        this.registered.push(JSON.parse(body) as { clientName?: string; scopes?: string[] });
        return [200, { clientId: 'us', clientSecret: 'ours', clientSecretExpiresAt: 2_000_000_000 }];
      case '/device_authorization':
        this.asked = 0;
        return [
          200,
          {
            deviceCode: 'device',
            userCode: 'ABCD-EFGH',
            verificationUri: `${this.url}/page`,
            verificationUriComplete: `${this.url}/page?user_code=ABCD-EFGH`,
            expiresIn: this.expiresIn,
            interval: 1,
          },
        ];
      case '/token':
        return this.token(JSON.parse(body) as { grantType?: string; refreshToken?: string });
      case '/federation/credentials': {
        const token = String(request.headers['x-amz-sso_bearer_token']);
        if (!this.tokens.has(token))
          return [401, { error: 'UnauthorizedException', message: 'Session token not found or invalid' }];
        const keys = { accessKeyId: 'AKIASSO', secretAccessKey: 'secret', sessionToken: token };
        return [200, { roleCredentials: { ...keys, expiration: Date.now() + 3_600_000 } }];
      }
      default:
        return [404, { error: 'UnknownOperationException', message: path }];
    }
  }

  private token({ grantType }: { grantType?: string }): readonly [number, Readonly<Record<string, unknown>>] {
    const refusal = (error: string) => [400, { error, error_description: error }] as const;
    if (grantType !== 'refresh_token') {
      if (this.person === 'refuses') return refusal('AccessDeniedException');
      if (this.person === 'sleeps' || this.asked++ < this.pendingAnswers)
        return refusal(this.asked === 2 ? 'SlowDownException' : 'AuthorizationPendingException');
    }
    const accessToken = `token-${++this.given}`;
    this.tokens.add(accessToken);
    return [200, { accessToken, expiresIn: 3600, refreshToken: 'again', tokenType: 'Bearer' }];
  }
}
