import type { AppDetails, AppStatus, SpaceDetails, SpaceStatus } from '@aws-sdk/client-sagemaker';
import type { IdleFact } from '../../../core/idleShutdown';
import type { Instance, InstanceState } from '../../../core/instance';
import type { Rate } from '../prices/ec2Prices';
import type { SpaceType } from './spaceType';

/** Of a space's app, which is the machine that is paid for. */
const appStates: Record<AppStatus, InstanceState> = {
  Pending: 'starting',
  InService: 'running',
  Deleting: 'stopping',
  Deleted: 'stopped',
  Failed: 'stopped',
};

/** Whether a space can have an app now; `undefined`: it is about to be no more. */
const usable: Record<SpaceStatus, boolean | undefined> = {
  InService: true,
  Update_Failed: true,
  Delete_Failed: true,
  Pending: false,
  Updating: false,
  Failed: false,
  Deleting: undefined,
};

export interface FoundSpace {
  readonly space: SpaceDetails;
  /** The app of the space's own type; absent where there never was one. */
  readonly app: AppDetails | undefined;
  /** What it runs on, or would be started on; absent where that may not be looked at. */
  readonly machine: SpaceType | undefined;
  readonly idle: IdleFact;
}

/** A Studio space; `undefined` of one that is being deleted. */
export function spaceRow(
  { space, app, machine, idle }: FoundSpace,
  connection: string,
  rate: Rate,
): Instance | undefined {
  const {
    SpaceName: name = '',
    DomainId: domain = '',
    Status: status,
    SpaceSettingsSummary: settings,
  } = space;
  const can = status !== undefined && Object.hasOwn(usable, status) ? usable[status] : false;
  if (can === undefined) return undefined;
  const state = appState(app);
  const type = settings?.AppType ?? 'space';
  const power = state === 'running' ? 'stop' : state === 'stopped' && can ? 'start' : undefined;
  return {
    id: `${connection}/space/${domain}/${name}`,
    label: space.SpaceDisplayName ?? name,
    state,
    hourlyUsd: rate.hourlyUsd,
    ...(rate.asOf !== null && { pricesAsOf: rate.asOf }),
    hardware: machine ? `${machine.name}${machine.isDefault ? ' (default)' : ''}` : '',
    ...(state === 'running' && app?.CreationTime && { runningSince: +app.CreationTime }),
    ...(power && { power }),
    idle,
    hasPage: state === 'running',
    attachable: false,
    facts: [
      ['Kind', `SageMaker Studio space, ${type}`],
      ['Status', `${status ?? 'unknown'}, ${app?.Status ?? 'no app'}`],
      ...ownerFact(space),
      ...(machine?.isDefault === true ? [defaultFact(machine.name)] : []),
      ['Idle shutdown', idle.words],
      ...(rate.from === '' ? [] : [['Price from', rate.from] as const]),
    ],
    removable: false,
  };
}

function appState(app: AppDetails | undefined): InstanceState {
  if (!app) return 'stopped';
  return app.Status !== undefined && Object.hasOwn(appStates, app.Status) ? appStates[app.Status] : 'unknown';
}

function defaultFact(type: string): Instance['facts'][number] {
  return ['Machine', `${type}, SageMaker’s default: the space names none, and its domain may name another`];
}

function ownerFact({ OwnershipSettingsSummary }: SpaceDetails): Instance['facts'] {
  const owner = OwnershipSettingsSummary?.OwnerUserProfileName;
  return owner === undefined ? [] : [['Owner', owner]];
}
