import type {
  CodeEditorAppSettings,
  DescribeSpaceResponse,
  IdleSettings,
  JupyterLabAppSettings,
} from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { AwsAccount } from '../account/account';

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
  /** As they were last read: few change them, and each takes a call. `undefined` where they may not be looked at. */
  private readonly domains = new Map<string, Promise<DomainDefaults | undefined>>();
  private readonly profiles = new Map<string, Promise<AppDefaults | undefined>>();

  constructor(private readonly account: AwsAccount) {}

  /** One clause, for the tooltip. */
  async text(space: DescribeSpaceResponse, signal: AbortSignal): Promise<string> {
    const { DomainId: domain = '', SpaceSettings: settings, OwnershipSettings, SpaceSharingSettings } = space;
    const app = settings?.AppType === 'CodeEditor' ? 'CodeEditorAppSettings' : 'JupyterLabAppSettings';
    const own = settings?.[app]?.AppLifecycleManagement?.IdleSettings?.IdleTimeoutInMinutes;
    const owner = OwnershipSettings?.OwnerUserProfileName;
    const isShared = SpaceSharingSettings?.SharingType === 'Shared';
    const defaults = await kept(this.domains, domain, () => this.domain(domain, signal));
    const profile =
      owner === undefined || isShared
        ? undefined
        : await kept(this.profiles, `${domain}/${owner}`, () => this.profile(domain, owner, signal));
    const idle = idleOf(profile, app) ?? idleOf(isShared ? defaults?.shared : defaults?.own, app);
    return idleText(own, idle, defaults !== undefined);
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

function idleOf(settings: AppDefaults | undefined, app: keyof AppDefaults): IdleSettings | undefined {
  const idle = settings?.[app]?.AppLifecycleManagement?.IdleSettings;
  return idle?.LifecycleManagement === undefined ? undefined : idle;
}

/** `own`: minutes that the space asks for. `idle`: what the profile or the domain says. */
export function idleText(own: number | undefined, idle: IdleSettings | undefined, isKnown: boolean): string {
  const minutes = own ?? idle?.IdleTimeoutInMinutes;
  if (idle?.LifecycleManagement === 'ENABLED' && minutes !== undefined)
    return `SageMaker stops it after ${minutes} minutes without use`;
  if (!isKnown)
    return own === undefined
      ? 'none of its own; whether its domain has one may not be looked at'
      : `after ${own} minutes without use, if its domain lets it: that may not be looked at`;
  return own === undefined
    ? 'none: it goes on until somebody stops it'
    : `none: it asks for ${own} minutes, and its domain has idle shutdown off`;
}

function kept<T>(known: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const asking = known.get(key) ?? ask();
  known.set(key, asking);
  asking.catch(() => known.delete(key));
  return asking;
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
