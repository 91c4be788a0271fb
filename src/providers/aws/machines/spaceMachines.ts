import type { AppDetails, AppType, DescribeSpaceResponse, SpaceDetails } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { IdleFact, IdleShutdown } from '../../../core/idleShutdown';
import type { Instance } from '../../../core/instance';
import type { Machine } from '../../../core/machine';
import { abreast } from '../../../lib/abreast';
import type { AwsAccount } from '../account/account';
import { pause } from '../account/pause';
import type { Rate } from '../prices/ec2Prices';
import type { StudioApp } from '../prices/managedPrices';
import type { Listed, MachineSource } from './machineSource';
import { pageUrl } from './notebookMachines';
import { RecentAnswers } from './recentAnswers';
import { SpaceApi, spaceNameOf } from './spaceApi';
import { SpaceIdle } from './spaceIdle';
import { SpaceIdleShutdown } from './spaceIdleShutdown';
import { spaceRow } from './spaceRow';
import { isOver, typeOf, typeOfApp } from './spaceType';
import { UnreachableMachine } from './unreachableMachine';

/** Studio's spaces: JupyterLab or the code editor in the browser, on a machine that is there only while its app runs. */
export class SpaceMachines implements MachineSource {
  readonly what = 'SageMaker Studio spaces';
  private readonly api: SpaceApi;
  private readonly idle: SpaceIdle;
  readonly idleShutdown: IdleShutdown;
  private readonly machines = new Map<string, Machine>();
  /** What the list leaves out, asked for once for each change of a space; `undefined` of one that may not be looked at. */
  private readonly described = new RecentAnswers<DescribeSpaceResponse | undefined>();

  constructor(
    private readonly account: AwsAccount,
    /** What a type costs with that app. */
    private readonly price: (type: string, app: StudioApp) => Promise<Rate>,
    pauses = pause,
  ) {
    this.api = new SpaceApi(account);
    this.idle = new SpaceIdle(account);
    this.idleShutdown = new SpaceIdleShutdown(this.api, this.idle, pauses);
  }

  owns(id: string): boolean {
    return /\/space\/[^/]+\/[^/]+$/.test(id);
  }

  async list(signal: AbortSignal): Promise<Listed> {
    const [spaces, apps] = await Promise.all([this.api.spaces(signal), this.api.apps(undefined, signal)]);
    const found: (Instance | string)[] = [];
    await abreast(4, spaces, async (space) => {
      const id = `${this.account.connection}/space/${space.DomainId ?? ''}/${space.SpaceName ?? ''}`;
      const described = await this.described.get(keyOf(space), () => this.describe(id, signal));
      found.push((await this.row(space, apps, described, signal)) ?? id);
    });
    return {
      rows: found.filter((one) => typeof one !== 'string'),
      gone: found.filter((one) => typeof one === 'string'),
    };
  }

  async get(id: string, signal: AbortSignal): Promise<Instance> {
    const name = spaceNameOf(id);
    const [space, apps] = await Promise.all([this.api.describe(name, signal), this.api.apps(name, signal)]);
    this.described.forget(keyOf(space));
    const row = await this.row(detailsOf(space), apps, space, signal);
    if (!row) throw new ProviderError('notFound', `It is being deleted: ${name.SpaceName}`);
    return row;
  }

  start(id: string, signal: AbortSignal): Promise<void> {
    return this.api.start(spaceNameOf(id), signal);
  }

  stop(id: string, signal: AbortSignal): Promise<void> {
    return this.api.stop(spaceNameOf(id), signal);
  }

  async page(id: string, signal: AbortSignal): Promise<string> {
    const name = spaceNameOf(id);
    return pageUrl(await this.api.page(name, signal), name.SpaceName);
  }

  machine({ id, label }: Pick<Instance, 'id' | 'label'>): Machine {
    const machine = this.machines.get(id) ?? new UnreachableMachine(id, label);
    this.machines.set(id, machine);
    return machine;
  }

  private async row(
    space: SpaceDetails,
    apps: readonly AppDetails[],
    described: DescribeSpaceResponse | undefined,
    signal: AbortSignal,
  ): Promise<Instance | undefined> {
    const type: AppType = space.SpaceSettingsSummary?.AppType ?? 'JupyterLab';
    const own = apps.filter(
      (one) => one.SpaceName === space.SpaceName && one.DomainId === space.DomainId && one.AppType === type,
    );
    // Those of earlier starts stay listed for a day as deleted.
    const app = own.find(({ Status }) => Status !== 'Deleted' && Status !== 'Failed') ?? own[0];
    const studioApp = type === 'CodeEditor' ? 'CodeEditor' : 'JupyterLab';
    const machine = (isOver(app) && described ? typeOf(described) : undefined) ?? typeOfApp(app);
    const idle = described ? await this.idle.fact(described, signal) : unknownIdle;
    const rate = await this.price(machine?.name ?? '', studioApp);
    return spaceRow({ space, app, machine, idle }, this.account.connection, rate);
  }

  /** A space is shown all the same where it may not be looked at. */
  private async describe(id: string, signal: AbortSignal): Promise<DescribeSpaceResponse | undefined> {
    try {
      return await this.api.describe(spaceNameOf(id), signal);
    } catch (error) {
      if (error instanceof ProviderError) return undefined;
      throw error;
    }
  }
}

const unknownIdle: IdleFact = { words: 'not known', stops: undefined };

function keyOf({ DomainId = '', SpaceName = '', LastModifiedTime }: SpaceDetails): string {
  return `${DomainId}/${SpaceName} ${LastModifiedTime?.getTime() ?? ''}`;
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
