import type { AppDetails, AppType, DescribeSpaceResponse, SpaceDetails } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { Instance } from '../../../core/instance';
import type { Machine } from '../../../core/machine';
import { abreast } from '../../../lib/abreast';
import type { AwsAccount } from '../account/account';
import type { Listed, MachineSource } from './machineSource';
import { pageUrl, type NotebookPrices } from './notebookMachines';
import { idleMinutesOf, spaceRow } from './spaceRow';
import { UnreachableMachine } from './unreachableMachine';

/** A space's one app has this name always. */
const appName = 'default';

/** Studio's spaces: JupyterLab or the code editor in the browser, on a machine that is there only while its app runs. */
export class SpaceMachines implements MachineSource {
  readonly what = 'SageMaker Studio spaces';
  private readonly machines = new Map<string, Machine>();
  /** By id: minutes, as they were last read. Few change them, and each takes a call. */
  private readonly idle = new Map<string, number | undefined>();

  constructor(
    private readonly account: AwsAccount,
    private readonly price: NotebookPrices,
  ) {}

  owns(id: string): boolean {
    return /\/space\/[^/]+\/[^/]+$/.test(id);
  }

  async list(signal: AbortSignal): Promise<Listed> {
    const [spaces, apps] = await Promise.all([this.spaces(signal), this.apps({}, signal)]);
    const found: (Instance | string)[] = [];
    await abreast(4, spaces, async (space) => {
      const id = `${this.account.connection}/space/${space.DomainId ?? ''}/${space.SpaceName ?? ''}`;
      if (!this.idle.has(id)) this.idle.set(id, await this.idleMinutes(id, signal));
      found.push((await this.row(space, apps, this.idle.get(id))) ?? id);
    });
    return {
      rows: found.filter((one) => typeof one !== 'string'),
      gone: found.filter((one) => typeof one === 'string'),
    };
  }

  async get(id: string, signal: AbortSignal): Promise<Instance> {
    const [DomainId, SpaceName] = namesOf(id);
    const [space, apps] = await Promise.all([
      this.describe(id, signal),
      this.apps({ DomainIdEquals: DomainId, SpaceNameEquals: SpaceName }, signal),
    ]);
    this.idle.set(id, idleMinutesOf(space));
    const row = await this.row(detailsOf(space), apps, this.idle.get(id));
    if (!row) throw new ProviderError('notFound', `It is being deleted: ${SpaceName}`);
    return row;
  }

  async start(id: string, signal: AbortSignal): Promise<void> {
    const [DomainId, SpaceName] = namesOf(id);
    const { SpaceSettings: settings } = await this.describe(id, signal);
    const AppType = settings?.AppType ?? 'JupyterLab';
    const spec = (settings?.JupyterLabAppSettings ?? settings?.CodeEditorAppSettings)?.DefaultResourceSpec;
    await this.account.ask(
      'sagemaker',
      'The Studio space can’t be started',
      (sdk, client, options) =>
        client.send(
          new sdk.CreateAppCommand({
            DomainId,
            SpaceName,
            AppType,
            AppName: appName,
            ...(spec && { ResourceSpec: spec }),
          }),
          options,
        ),
      signal,
    );
  }

  async stop(id: string, signal: AbortSignal): Promise<void> {
    const [DomainId, SpaceName] = namesOf(id);
    const { SpaceSettings: settings } = await this.describe(id, signal);
    const AppType = settings?.AppType ?? 'JupyterLab';
    await this.account.ask(
      'sagemaker',
      'The Studio space can’t be stopped, and goes on costing',
      (sdk, client, options) =>
        client.send(new sdk.DeleteAppCommand({ DomainId, SpaceName, AppType, AppName: appName }), options),
      signal,
    );
  }

  async page(id: string, signal: AbortSignal): Promise<string> {
    const [DomainId, SpaceName] = namesOf(id);
    const { OwnershipSettings } = await this.describe(id, signal);
    const owner = OwnershipSettings?.OwnerUserProfileName;
    if (owner === undefined)
      throw new ProviderError(
        'unavailable',
        `It belongs to nobody, so it can’t be opened from here. Open it in Studio: ${SpaceName}`,
      );
    const { AuthorizedUrl } = await this.account.ask(
      'sagemaker',
      'The page of the Studio space can’t be opened',
      (sdk, client, options) =>
        client.send(
          new sdk.CreatePresignedDomainUrlCommand({ DomainId, SpaceName, UserProfileName: owner }),
          options,
        ),
      signal,
    );
    return pageUrl(AuthorizedUrl, SpaceName);
  }

  machine({ id, label }: Pick<Instance, 'id' | 'label'>): Machine {
    const machine = this.machines.get(id) ?? new UnreachableMachine(id, label);
    this.machines.set(id, machine);
    return machine;
  }

  private async row(
    space: SpaceDetails,
    apps: readonly AppDetails[],
    idleMinutes: number | undefined,
  ): Promise<Instance | undefined> {
    const type: AppType = space.SpaceSettingsSummary?.AppType ?? 'JupyterLab';
    const own = apps.filter(
      (one) => one.SpaceName === space.SpaceName && one.DomainId === space.DomainId && one.AppType === type,
    );
    // Those of earlier starts stay listed for a day as deleted.
    const app = own.find(({ Status }) => Status !== 'Deleted' && Status !== 'Failed') ?? own[0];
    const usd = await this.price(app?.ResourceSpec?.InstanceType ?? '');
    return spaceRow({ space, app, idleMinutes }, this.account.connection, usd);
  }

  /** `undefined` also where it may not be looked at: the space itself is shown all the same. */
  private async idleMinutes(id: string, signal: AbortSignal): Promise<number | undefined> {
    try {
      return idleMinutesOf(await this.describe(id, signal));
    } catch (error) {
      if (error instanceof ProviderError) return undefined;
      throw error;
    }
  }

  private describe(id: string, signal: AbortSignal): Promise<DescribeSpaceResponse> {
    const [DomainId, SpaceName] = namesOf(id);
    return this.account.ask(
      'sagemaker',
      'The Studio space can’t be looked at',
      (sdk, client, options) => client.send(new sdk.DescribeSpaceCommand({ DomainId, SpaceName }), options),
      signal,
    );
  }

  private spaces(signal: AbortSignal): Promise<readonly SpaceDetails[]> {
    return all((token) =>
      this.account.ask(
        'sagemaker',
        'The Studio spaces can’t be listed',
        async (sdk, client, options) => {
          const page = await client.send(new sdk.ListSpacesCommand({ MaxResults: 100, ...token }), options);
          return [page.Spaces ?? [], page.NextToken] as const;
        },
        signal,
      ),
    );
  }

  private apps(
    of: { readonly DomainIdEquals?: string; readonly SpaceNameEquals?: string },
    signal: AbortSignal,
  ): Promise<readonly AppDetails[]> {
    return all((token) =>
      this.account.ask(
        'sagemaker',
        'The Studio apps can’t be listed',
        async (sdk, client, options) => {
          const page = await client.send(
            new sdk.ListAppsCommand({ MaxResults: 100, ...of, ...token }),
            options,
          );
          return [page.Apps ?? [], page.NextToken] as const;
        },
        signal,
      ),
    );
  }
}

async function all<T>(
  ask: (token: { readonly NextToken?: string }) => Promise<readonly [readonly T[], string | undefined]>,
): Promise<readonly T[]> {
  const found: T[] = [];
  let token: string | undefined;
  do {
    const [items, next]: readonly [readonly T[], string | undefined] = await ask(
      token === undefined ? {} : { NextToken: token },
    );
    found.push(...items);
    token = next === '' ? undefined : next;
  } while (token !== undefined);
  return found;
}

function namesOf(id: string): readonly [domain: string, space: string] {
  const [domain = '', space = ''] = id.split('/').slice(-2);
  return [domain, space];
}

function detailsOf(found: DescribeSpaceResponse): SpaceDetails {
  const { DomainId, SpaceName, Status, SpaceDisplayName, SpaceSettings, OwnershipSettings } = found;
  return {
    ...(DomainId !== undefined && { DomainId }),
    ...(SpaceName !== undefined && { SpaceName }),
    ...(Status !== undefined && { Status }),
    ...(SpaceDisplayName !== undefined && { SpaceDisplayName }),
    ...(SpaceSettings?.AppType !== undefined && { SpaceSettingsSummary: { AppType: SpaceSettings.AppType } }),
    ...(OwnershipSettings && { OwnershipSettingsSummary: OwnershipSettings }),
  };
}
