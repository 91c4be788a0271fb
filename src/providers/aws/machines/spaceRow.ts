import type {
  AppDetails,
  AppStatus,
  DescribeSpaceResponse,
  SpaceDetails,
  SpaceStatus,
} from '@aws-sdk/client-sagemaker';
import type { Instance, InstanceState } from '../../../core/instance';

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
  /** Minutes without use after which SageMaker stops the app; `undefined`: not known or never. */
  readonly idleMinutes: number | undefined;
}

/** A Studio space; `undefined` of one that is being deleted. */
export function spaceRow(
  { space, app, idleMinutes }: FoundSpace,
  connection: string,
  hourlyUsd: number | null,
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
    hourlyUsd,
    hardware: app?.ResourceSpec?.InstanceType ?? '',
    ...(state === 'running' && app?.CreationTime && { runningSince: +app.CreationTime }),
    ...(power && { power }),
    hasPage: state === 'running',
    attachable: false,
    facts: [
      ['Kind', `SageMaker Studio space, ${type}`],
      ['Status', `${status ?? 'unknown'}, ${app?.Status ?? 'no app'}`],
      ...ownerFact(space),
      ['Idle shutdown', idleText(idleMinutes)],
    ],
    removable: false,
  };
}

/** What SageMaker says of a space’s idle shutdown, in minutes. */
export function idleMinutesOf({
  SpaceSettings: settings,
}: Pick<DescribeSpaceResponse, 'SpaceSettings'>): number | undefined {
  const app = settings?.JupyterLabAppSettings ?? settings?.CodeEditorAppSettings;
  return app?.AppLifecycleManagement?.IdleSettings?.IdleTimeoutInMinutes;
}

function appState(app: AppDetails | undefined): InstanceState {
  if (!app) return 'stopped';
  return app.Status !== undefined && Object.hasOwn(appStates, app.Status) ? appStates[app.Status] : 'unknown';
}

function ownerFact({ OwnershipSettingsSummary }: SpaceDetails): Instance['facts'] {
  const owner = OwnershipSettingsSummary?.OwnerUserProfileName;
  return owner === undefined ? [] : [['Owner', owner]];
}

function idleText(minutes: number | undefined): string {
  return minutes === undefined
    ? 'none of its own; the domain may have one'
    : `SageMaker stops it after ${minutes} minutes without use`;
}
