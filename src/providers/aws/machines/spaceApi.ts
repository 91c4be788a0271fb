import type {
  AppDetails,
  DescribeSpaceResponse,
  SpaceDetails,
  SpaceSettings,
} from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { AwsAccount } from '../account/account';
import { allPages } from '../account/pages';

/** A space's one app has this name always. */
const appName = 'default';

/** A space, by its domain and its name. */
export interface SpaceName {
  readonly DomainId: string;
  readonly SpaceName: string;
}

/** Of the id of its machine. */
export function spaceNameOf(id: string): SpaceName {
  const [DomainId = '', name = ''] = id.split('/').slice(-2);
  return { DomainId, SpaceName: name };
}

/** What SageMaker says of Studio's spaces and their apps. Throws `ProviderError`. */
export class SpaceApi {
  constructor(private readonly account: AwsAccount) {}

  describe(space: SpaceName, signal: AbortSignal): Promise<DescribeSpaceResponse> {
    return this.account.ask(
      'sagemaker',
      'The Studio space can’t be looked at',
      (sdk, client, options) => client.send(new sdk.DescribeSpaceCommand(space), options),
      signal,
    );
  }

  spaces(signal: AbortSignal): Promise<readonly SpaceDetails[]> {
    return allPages((token) =>
      this.account.ask(
        'sagemaker',
        'The Studio spaces can’t be listed',
        async (sdk, client, options) => {
          const page = await client.send(new sdk.ListSpacesCommand({ MaxResults: 100, ...token }), options);
          return [page.Spaces, page.NextToken] as const;
        },
        signal,
      ),
    );
  }

  /** Of one space, or of all. */
  apps(space: SpaceName | undefined, signal: AbortSignal): Promise<readonly AppDetails[]> {
    const of = space && { DomainIdEquals: space.DomainId, SpaceNameEquals: space.SpaceName };
    return allPages((token) =>
      this.account.ask(
        'sagemaker',
        'The Studio apps can’t be listed',
        async (sdk, client, options) => {
          const page = await client.send(
            new sdk.ListAppsCommand({ MaxResults: 100, ...of, ...token }),
            options,
          );
          return [page.Apps, page.NextToken] as const;
        },
        signal,
      ),
    );
  }

  /** Makes its app, on the machine that the space is set to. */
  async start(space: SpaceName, signal: AbortSignal): Promise<void> {
    const { SpaceSettings: settings } = await this.describe(space, signal);
    const AppType = settings?.AppType ?? 'JupyterLab';
    const spec = (settings?.JupyterLabAppSettings ?? settings?.CodeEditorAppSettings)?.DefaultResourceSpec;
    await this.account.ask(
      'sagemaker',
      'The Studio space can’t be started',
      (sdk, client, options) =>
        client.send(
          new sdk.CreateAppCommand({
            ...space,
            AppType,
            AppName: appName,
            ...(spec && { ResourceSpec: spec }),
          }),
          options,
        ),
      signal,
    );
  }

  async stop(space: SpaceName, signal: AbortSignal): Promise<void> {
    const { SpaceSettings: settings } = await this.describe(space, signal);
    const AppType = settings?.AppType ?? 'JupyterLab';
    await this.account.ask(
      'sagemaker',
      'The Studio space can’t be stopped, and goes on costing',
      (sdk, client, options) =>
        client.send(new sdk.DeleteAppCommand({ ...space, AppType, AppName: appName }), options),
      signal,
    );
  }

  /** Comes back once AWS took it; the space is `Updating` then. Of the settings only those that are given are changed. */
  async update(space: SpaceName, settings: SpaceSettings, signal: AbortSignal): Promise<void> {
    await this.account.ask(
      'sagemaker',
      'The idle shutdown of the Studio space can’t be set',
      (sdk, client, options) =>
        client.send(new sdk.UpdateSpaceCommand({ ...space, SpaceSettings: settings }), options),
      signal,
    );
  }

  /** The page of the space's owner. */
  async page(space: SpaceName, signal: AbortSignal): Promise<string | undefined> {
    const { OwnershipSettings } = await this.describe(space, signal);
    const owner = OwnershipSettings?.OwnerUserProfileName;
    if (owner === undefined)
      throw new ProviderError(
        'unavailable',
        `It belongs to nobody, so it can’t be opened from here. Open it in Studio: ${space.SpaceName}`,
      );
    const { AuthorizedUrl } = await this.account.ask(
      'sagemaker',
      'The page of the Studio space can’t be opened',
      (sdk, client, options) =>
        client.send(new sdk.CreatePresignedDomainUrlCommand({ ...space, UserProfileName: owner }), options),
      signal,
    );
    return AuthorizedUrl;
  }
}
