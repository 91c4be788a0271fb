import type {
  AwsCredentialIdentity,
  MetadataBearer,
  MiddlewareStack,
  SharedConfigFiles,
} from '@smithy/types';
import { join } from 'node:path';
import { CancelledError, ProviderError } from '../../../core/errors';
import type { ProviderContext } from '../../context';
import type { AwsAccount } from './account';
import { answers, answersPlace } from './answers';
import { attempts, attemptsPlace } from './attempts';
import { awsError } from './awsError';
import { endpointOf } from './endpoint';
import { Rates, type Pause } from './rates';
import { SharedRates } from './rateStore';
import { endpointNames, loadSdk, makeClient, type AwsService, type Clients, type Sdk } from './sdk';

/** What an account is made of. */
export interface AccountParts {
  readonly context: Pick<ProviderContext, 'home' | 'log' | 'now' | 'setting' | 'trusted'>;
  readonly connection: string;
  readonly region: string;
  readonly profile: string | undefined;
  /** Its 12 digits, where they are known: whose quotas these are. Else every profile counts by itself. */
  readonly account?: string;
  readonly rates: Rates;
  readonly pause: Pause;
  /** Called when a call is answered again after some were refused for their keys. */
  readonly restored?: () => void;
}

/** The real one, over the SDK. Loads it at the first call. */
export function awsAccount(parts: AccountParts): AwsAccount {
  return new SdkAccount(parts);
}

/** The rates that all windows on this computer share. */
export function sharedRates(
  { home, log, now }: Pick<ProviderContext, 'home' | 'log' | 'now'>,
  pause: Pause,
): Rates {
  const warned = new Set<string>();
  return new Rates(new SharedRates(join(home, 'aws-rates.db')), now, pause, (problem) => {
    if (warned.has(problem)) return;
    warned.add(problem);
    log.warn(`Windows can’t share how often they ask AWS: ${problem}`);
  });
}

interface Opened<S extends AwsService> {
  readonly sdk: Sdk<S>;
  readonly client: Clients[S];
}

class SdkAccount implements AwsAccount {
  readonly connection: string;
  readonly region: string;
  readonly profile: string | undefined;
  /** By service and endpoint. */
  private opened = new Map<string, Promise<unknown>>();
  private chain: Promise<() => Promise<AwsCredentialIdentity>> | undefined;
  private files: Promise<SharedConfigFiles> | undefined;
  private account: string | undefined;
  /** Whether the last call was refused for its keys. */
  private refused = false;
  /** Whose quota each call takes from. */
  private readonly scope: string;

  constructor(private readonly parts: AccountParts) {
    this.connection = parts.connection;
    this.region = parts.region;
    this.profile = parts.profile;
    this.scope = `${parts.account ?? `profile ${parts.profile ?? ''}`} ${parts.region}`;
  }

  async ask<S extends AwsService, T>(
    service: S,
    what: string,
    call: (sdk: Sdk<S>, client: Clients[S], options: { readonly abortSignal: AbortSignal }) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const once = async () => {
      if (signal.aborted) throw new CancelledError();
      // The shared AWS config can name a program to run for credentials.
      if (!this.parts.context.trusted())
        throw new ProviderError('forbidden', `${what}: AWS is used only in a workspace that you trust`);
      const { sdk, client } = await this.open(service);
      return call(sdk, client, { abortSignal: signal });
    };
    try {
      const answer = await this.withNewKeys(once, what, signal);
      if (this.refused) {
        this.refused = false;
        this.parts.restored?.();
      }
      return answer;
    } catch (error) {
      if (signal.aborted) throw new CancelledError();
      if (error instanceof CancelledError) throw error;
      const failure = awsError(what, error, this);
      if (failure.kind === 'auth') this.refused = true;
      throw failure;
    }
  }

  async accountId(signal: AbortSignal): Promise<string> {
    return (this.account ??= await this.ask(
      'sts',
      'AWS can’t say whose keys these are',
      async (sdk, client, options) => {
        const { Account } = await client.send(new sdk.GetCallerIdentityCommand({}), options);
        if (Account === undefined)
          throw new ProviderError('unavailable', 'AWS named no account for these keys.');
        return Account;
      },
      signal,
    ));
  }

  /** Keys that were renewed meanwhile, by a sign-in or by another program, are used at once. */
  private async withNewKeys<T>(once: () => Promise<T>, what: string, signal: AbortSignal): Promise<T> {
    try {
      return await once();
    } catch (error) {
      if (!signal.aborted && awsError(what, error, this).kind === 'auth' && (await this.renewed()))
        return await once();
      throw error;
    }
  }

  private open<S extends AwsService>(service: S): Promise<Opened<S>> {
    const setting = this.parts.context.setting('trainyard.aws.endpointUrl');
    const key = `${service} ${setting}`;
    // What is kept under a service's name is of that service.
    const before = this.opened.get(key) as Promise<Opened<S>> | undefined;
    if (before) return before;
    const opened = this.make(service, setting);
    this.opened.set(key, opened);
    opened.catch(() => this.opened.delete(key));
    return opened;
  }

  private async make<S extends AwsService>(service: S, setting: string): Promise<Opened<S>> {
    const sdk = (await loadSdk[service]()) as Sdk<S>;
    const profile = this.profile ?? process.env.AWS_PROFILE ?? 'default';
    const endpoint = endpointOf(endpointNames[service], setting, profile, process.env, await this.config());
    const client = makeClient[service](sdk, {
      region: service === 'pricing' ? pricingRegion(this.region) : this.region,
      credentials: async () => (await this.credentials())(),
      ...(endpoint === undefined ? {} : { endpoint, disableHostPrefix: true, forcePathStyle: true }),
      requestHandler: { connectionTimeout: 10_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
    });
    // The clients differ in what goes through it, which these two don't look at.
    const stack = client.middlewareStack as unknown as MiddlewareStack<object, MetadataBearer>;
    stack.add(attempts(this.parts.rates, this.scope, this.parts.pause), attemptsPlace);
    stack.add(answers(), answersPlace);
    return { sdk, client };
  }

  /** Asked anew of the SDK's chain when they come to their end, as it does itself. */
  private credentials(): Promise<() => Promise<AwsCredentialIdentity>> {
    return (this.chain ??= this.newChain());
  }

  private async newChain(): Promise<() => Promise<AwsCredentialIdentity>> {
    const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
    return fromNodeProviderChain({
      ...(this.profile === undefined ? {} : { profile: this.profile }),
      ignoreCache: true,
    });
  }

  /** Whether there are other keys now than those that were refused. */
  private async renewed(): Promise<boolean> {
    const before = await this.keyNow();
    this.chain = undefined;
    this.files = undefined;
    this.opened = new Map();
    const after = await this.keyNow();
    return after !== undefined && after !== before;
  }

  private async keyNow(): Promise<string | undefined> {
    try {
      const keys = await (await this.credentials())();
      return `${keys.accessKeyId} ${keys.sessionToken ?? ''}`;
    } catch {
      // Whoever asks next is told why.
      return undefined;
    }
  }

  private config(): Promise<SharedConfigFiles> {
    return (this.files ??= import('@smithy/shared-ini-file-loader').then((loader) =>
      loader.loadSharedConfigFiles({ ignoreCache: true }),
    ));
  }
}

/** The Price List is served in these regions, for all. */
function pricingRegion(region: string): string {
  return region.startsWith('cn-') ? 'cn-northwest-1' : 'us-east-1';
}
