import type {
  CodeEditorAppSettings,
  DescribeSpaceResponse,
  IdleSettings,
  JupyterLabAppSettings,
} from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { IdleFact } from '../../../core/idleShutdown';
import type { AwsAccount } from '../account/account';
import { RecentAnswers } from './recentAnswers';

/** What a domain or a user profile says of the apps of its spaces. */
interface AppDefaults {
  readonly JupyterLabAppSettings?: JupyterLabAppSettings | undefined;
  readonly CodeEditorAppSettings?: CodeEditorAppSettings | undefined;
}

interface DomainDefaults {
  /** Of spaces that belong to a person. */
  readonly own: AppDefaults | undefined;
  readonly shared: AppDefaults | undefined;
}

/**
 * When SageMaker stops a space that nobody uses. Whether it does is up to the owner's profile or, where that says nothing, the domain; after
 * how long also up to the space.
 */
export class SpaceIdle {
  /** `undefined` where they may not be looked at. */
  private readonly domains = new RecentAnswers<DomainDefaults | undefined>();
  private readonly profiles = new RecentAnswers<AppDefaults | undefined>();

  constructor(private readonly account: AwsAccount) {}

  async fact(space: DescribeSpaceResponse, signal: AbortSignal): Promise<IdleFact> {
    return idleFact(ownMinutes(space), await this.rule(space, signal));
  }

  /** As it is now, whatever was read before. */
  rule(space: DescribeSpaceResponse, signal: AbortSignal, isFresh = false): Promise<IdleRule> {
    const { DomainId: domain = '', OwnershipSettings, SpaceSharingSettings } = space;
    const owner = OwnershipSettings?.OwnerUserProfileName;
    const shared = SpaceSharingSettings?.SharingType === 'Shared';
    const person = owner === undefined || shared ? undefined : owner;
    if (isFresh) {
      this.domains.forget(domain);
      this.profiles.forget(`${domain}/${person ?? ''}`);
    }
    return this.ruleOf(domain, person, appSettingsOf(space), shared, signal);
  }

  /** `person`: whose profile counts, if anybody's. */
  private async ruleOf(
    domain: string,
    person: string | undefined,
    app: SpaceAppSettings,
    shared: boolean,
    signal: AbortSignal,
  ): Promise<IdleRule> {
    const defaults = await this.domains.get(domain, () => this.domain(domain, signal));
    const profile =
      person === undefined
        ? undefined
        : await this.profiles.get(`${domain}/${person}`, () => this.profile(domain, person, signal));
    const ofPerson = idleOf(profile, app);
    const idle = ofPerson ?? idleOf(shared ? defaults?.shared : defaults?.own, app);
    const isKnown =
      ofPerson !== undefined || (defaults !== undefined && (person === undefined || profile !== undefined));
    return { idle, isKnown };
  }

  private domain(DomainId: string, signal: AbortSignal): Promise<DomainDefaults | undefined> {
    return orNothing(
      this.account.ask(
        'sagemaker',
        'The Studio domain can’t be looked at',
        async (sdk, client, options) => {
          const found = await client.send(new sdk.DescribeDomainCommand({ DomainId }), options);
          return { own: found.DefaultUserSettings, shared: found.DefaultSpaceSettings };
        },
        signal,
      ),
    );
  }

  private profile(DomainId: string, owner: string, signal: AbortSignal): Promise<AppDefaults | undefined> {
    return orNothing(
      this.account.ask(
        'sagemaker',
        'The Studio user profile can’t be looked at',
        async (sdk, client, options) => {
          const command = new sdk.DescribeUserProfileCommand({ DomainId, UserProfileName: owner });
          return (await client.send(command, options)).UserSettings ?? {};
        },
        signal,
      ),
    );
  }
}

/** What is said over the space's head. */
export interface IdleRule {
  readonly idle: IdleSettings | undefined;
  /** Whether all that could say something was looked at. */
  readonly isKnown: boolean;
}

/** Where a space's settings have those of its app. */
export type SpaceAppSettings = 'CodeEditorAppSettings' | 'JupyterLabAppSettings';

export function appSettingsOf({ SpaceSettings }: DescribeSpaceResponse): SpaceAppSettings {
  return SpaceSettings?.AppType === 'CodeEditor' ? 'CodeEditorAppSettings' : 'JupyterLabAppSettings';
}

/** What the space itself asks for. */
export function ownMinutes(space: DescribeSpaceResponse): number | undefined {
  const settings = space.SpaceSettings?.[appSettingsOf(space)];
  return settings?.AppLifecycleManagement?.IdleSettings?.IdleTimeoutInMinutes;
}

function idleOf(settings: AppDefaults | undefined, app: SpaceAppSettings): IdleSettings | undefined {
  const idle = settings?.[app]?.AppLifecycleManagement?.IdleSettings;
  return idle?.LifecycleManagement === undefined ? undefined : idle;
}

/** `own`: minutes that the space asks for. */
export function idleFact(own: number | undefined, { idle, isKnown }: IdleRule): IdleFact {
  if (!isKnown)
    return {
      stops: undefined,
      words:
        own === undefined
          ? 'none of its own; whether its domain has one may not be looked at'
          : `after ${own} minutes without use, if its domain lets it: that may not be looked at`,
    };
  const minutes = own ?? idle?.IdleTimeoutInMinutes;
  if (idle?.LifecycleManagement === 'ENABLED')
    return minutes === undefined
      ? { stops: undefined, words: 'on in its domain, which does not tell after how long' }
      : { stops: true, words: `SageMaker stops it after ${minutes} minutes without use` };
  return {
    stops: false,
    words:
      own === undefined
        ? 'none: it goes on until somebody stops it'
        : `none: it asks for ${own} minutes, and its domain has idle shutdown off`,
  };
}

/** The space itself is shown all the same. */
async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ProviderError) return undefined;
    throw error;
  }
}
