import type { CreateTokenCommandOutput, RegisterClientCommandOutput } from '@aws-sdk/client-sso-oidc';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CancelledError, DeclinedError, ProviderError } from '../../../core/errors';
import { writeAtomic } from '../../../node/files';
import type { ProviderContext } from '../../context';
import { awsError } from './awsError';
import { endpointOf } from './endpoint';
import type { Pause } from './rates';
import { readSharedConfig, type SsoSession } from './sharedConfig';

/** Signs in with IAM Identity Center in a browser. One sign-in serves every profile, window and tool that uses the same session. */
export class SignIns {
  /** By session: who asks while one is under way waits for it. */
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly context: Pick<ProviderContext, 'prompts' | 'setting' | 'now'>,
    private readonly pause: Pause,
  ) {}

  async signIn(session: SsoSession, signal: AbortSignal): Promise<void> {
    const key = session.name ?? session.startUrl;
    const before = this.underWay.get(key);
    if (before) return unlessAborted(before, signal);
    const work = this.run(session, key, signal).finally(() => this.underWay.delete(key));
    this.underWay.set(key, work);
    return work;
  }

  /** The device authorization grant (RFC 8628), as `aws sso login --use-device-code` does it. */
  private async run(session: SsoSession, key: string, signal: AbortSignal): Promise<void> {
    try {
      const oidc = await import('@aws-sdk/client-sso-oidc');
      const client = new oidc.SSOOIDCClient({ region: session.region, ...(await this.endpoint()) });
      const options = { abortSignal: signal };
      const register = new oidc.RegisterClientCommand({
        clientName: 'Trainyard',
        clientType: 'public',
        // Without a scope there is no refresh, as in the older form of the config.
        ...(session.name === undefined ? {} : { scopes: scopesOf(session) }),
      });
      const us = await client.send(register, options);
      const ids = { clientId: us.clientId, clientSecret: us.clientSecret };
      const start = new oidc.StartDeviceAuthorizationCommand({ ...ids, startUrl: session.startUrl });
      const device = await client.send(start, options);
      const url = device.verificationUriComplete ?? device.verificationUri ?? '';
      const shown = await this.context.prompts.visit(
        { message: `Sign in to AWS at ${session.startUrl}.`, url: safeUrl(url), code: device.userCode ?? '' },
        signal,
      );
      if (!shown)
        throw new DeclinedError('auth', 'Nobody signed in to AWS. In a terminal, aws sso login does it too.');
      const ask = () =>
        client.send(
          new oidc.CreateTokenCommand({ ...ids, grantType: deviceGrant, deviceCode: device.deviceCode }),
          options,
        );
      const seconds = { interval: device.interval ?? 5, expiresIn: device.expiresIn ?? 600 };
      const token = await this.token(ask, seconds, signal);
      await this.keep(session, key, token, us);
      client.destroy();
    } catch (error) {
      if (signal.aborted) throw new CancelledError();
      if (error instanceof ProviderError || error instanceof CancelledError) throw error;
      throw awsError('You could not be signed in to AWS', error, {
        region: session.region,
        profile: undefined,
      });
    }
  }

  private async token(
    ask: () => Promise<CreateTokenCommandOutput>,
    { interval, expiresIn }: { readonly interval: number; readonly expiresIn: number },
    signal: AbortSignal,
  ): Promise<CreateTokenCommandOutput> {
    const end = this.context.now() + expiresIn * 1000;
    let between = interval * 1000;
    while (this.context.now() < end) {
      await this.pause(between, signal);
      try {
        return await ask();
      } catch (error) {
        const name = error instanceof Error ? error.name : '';
        if (name === 'SlowDownException') between += 5000;
        else if (name === 'ExpiredTokenException') break;
        else if (name === 'AccessDeniedException')
          throw new ProviderError('auth', 'The sign-in to AWS was refused on the page.', { cause: error });
        else if (name !== 'AuthorizationPendingException') throw error;
      }
    }
    throw new ProviderError('auth', 'Nobody signed in to AWS in time. Try again.');
  }

  /** Where the AWS CLI and the SDKs look for it: `~/.aws/sso/cache/<sha1>.json`. */
  private async keep(
    session: SsoSession,
    key: string,
    token: CreateTokenCommandOutput,
    us: RegisterClientCommandOutput,
  ): Promise<void> {
    const { getSSOTokenFilepath } = await import('@smithy/shared-ini-file-loader');
    const path = getSSOTokenFilepath(key);
    const content = {
      startUrl: session.startUrl,
      region: session.region,
      accessToken: token.accessToken,
      expiresAt: seconds(this.context.now() + (token.expiresIn ?? 0) * 1000),
      clientId: us.clientId,
      clientSecret: us.clientSecret,
      ...(us.clientSecretExpiresAt === undefined
        ? {}
        : { registrationExpiresAt: seconds(us.clientSecretExpiresAt * 1000) }),
      ...(token.refreshToken === undefined ? {} : { refreshToken: token.refreshToken }),
    };
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeAtomic(path, JSON.stringify(content), 0o600);
  }

  private async endpoint(): Promise<{ readonly endpoint?: string }> {
    const setting = this.context.setting('trainyard.aws.endpointUrl');
    const found = endpointOf('SSO_OIDC', setting, '', process.env, await readSharedConfig());
    return found === undefined ? {} : { endpoint: found };
  }
}

/** Who has changed their mind does not wait for the others. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: left, reject } = Promise.withResolvers<never>();
  const leave = () => {
    reject(new CancelledError());
  };
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  try {
    await Promise.race([work, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

function scopesOf({ scopes }: SsoSession): string[] {
  return scopes.length === 0 ? ['sso:account:access'] : [...scopes];
}

/** Without fractions, as the AWS CLI writes and reads it. */
function seconds(unix: number): string {
  return new Date(unix).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** It is opened in the person's browser: a web page, and nothing that starts a program. */
function safeUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === '127.0.0.1'))
    return url.href;
  throw new ProviderError(
    'unavailable',
    `The sign-in of AWS names a page that is no web page: ${text.slice(0, 200)}`,
  );
}
