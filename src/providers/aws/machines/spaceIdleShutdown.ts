import type { DescribeSpaceResponse, SpaceStatus } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { IdleProspect, IdleShutdown } from '../../../core/idleShutdown';
import type { Pause } from '../account/rates';
import { spaceNameOf, type SpaceApi, type SpaceName } from './spaceApi';
import { appSettingsOf, idleFact, ownMinutes, type IdleRule, type SpaceIdle } from './spaceIdle';

/** Minutes that SageMaker takes (API_SpaceIdleSettings). */
const least = 60;
const most = 525_600;
/** Looks, 2 s apart, until AWS says that it is done. */
const patience = 60;

/** SageMaker's own idle shutdown of a Studio space. It can be set at the space only where the domain, or its owner's profile, has it on. */
export class SpaceIdleShutdown implements IdleShutdown {
  constructor(
    private readonly api: SpaceApi,
    private readonly idle: SpaceIdle,
    private readonly pause: Pause,
  ) {}

  async look(id: string, signal: AbortSignal): Promise<IdleProspect> {
    const name = spaceNameOf(id);
    const space = await this.api.describe(name, signal);
    const rule = await this.idle.rule(space, signal, true);
    const own = ownMinutes(space);
    const { idle } = rule;
    const busy = busyProblem(space);
    const problem = busy ?? appProblem(space) ?? offInDomain(rule, name);
    return {
      ...idleFact(own, rule),
      minutes: own ?? null,
      least: Math.max(least, idle?.MinIdleTimeoutInMinutes ?? least),
      most: Math.min(most, idle?.MaxIdleTimeoutInMinutes ?? most),
      notes: notesOf(space, rule),
      ...(problem !== undefined && { problem }),
      ...(busy !== undefined && { offProblem: busy }),
    };
  }

  async set(
    id: string,
    minutes: number | null,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const name = spaceNameOf(id);
    const space = await this.api.describe(name, signal);
    const app = appSettingsOf(space);
    onProgress('asking AWS');
    const IdleSettings = minutes === null ? {} : { IdleTimeoutInMinutes: minutes };
    // The rest of them goes along, for it is not said whether AWS would keep what is left out.
    const settings = { ...space.SpaceSettings?.[app], AppLifecycleManagement: { IdleSettings } };
    await this.api.update(name, { [app]: settings }, signal);
    const after = await this.settled(name, onProgress, signal);
    const now = ownMinutes(after) ?? null;
    if (now !== minutes)
      throw new ProviderError(
        'conflict',
        `AWS took it, and now has another time, as if somebody else had set it at the same moment. Look at it again: ${now === null ? 'none' : `${now} minutes`}`,
      );
  }

  private async settled(
    name: SpaceName,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<DescribeSpaceResponse> {
    for (let looks = 0; ; looks++) {
      const space = await this.api.describe(name, signal);
      if (space.Status === 'Update_Failed')
        throw new ProviderError(
          'unavailable',
          `AWS could not change the Studio space: ${space.FailureReason ?? space.Status}`,
        );
      if (!isBusy(space.Status)) return space;
      if (looks >= patience)
        throw new ProviderError(
          'unavailable',
          `AWS took it, and is still changing the Studio space. Look at it again later: ${name.SpaceName}`,
        );
      onProgress('being changed');
      await this.pause(2000, signal);
    }
  }
}

function isBusy(status: SpaceStatus | undefined): boolean {
  return status === 'Updating' || status === 'Pending';
}

function busyProblem({ Status, SpaceName = '' }: DescribeSpaceResponse): string | undefined {
  return isBusy(Status)
    ? `AWS is changing this space right now. Try again in a minute: ${SpaceName}`
    : undefined;
}

function appProblem({ SpaceSettings }: DescribeSpaceResponse): string | undefined {
  const type = SpaceSettings?.AppType ?? 'JupyterLab';
  return type === 'JupyterLab' || type === 'CodeEditor'
    ? undefined
    : `SageMaker has an idle shutdown only for spaces of JupyterLab and the Code Editor, and this one is of another kind: ${type}`;
}

function offInDomain({ idle, isKnown }: IdleRule, { DomainId }: SpaceName): string | undefined {
  return !isKnown || idle?.LifecycleManagement === 'ENABLED'
    ? undefined
    : `Its Studio domain has idle shutdown off, so SageMaker would not stop it, whatever is set here. Whoever runs the domain can turn it on, in the domain’s app configurations or the owner’s user profile: ${DomainId}`;
}

function notesOf({ SpaceSettings }: DescribeSpaceResponse, { isKnown }: IdleRule): readonly string[] {
  return [
    SpaceSettings?.AppType === 'CodeEditor'
      ? 'SageMaker stops it, also with this editor closed: while nobody edits or views a file there, nothing runs, and no terminal is used.'
      : 'SageMaker stops it, also with this editor closed: while no notebook kernel and no terminal is active there.',
    'It needs an image of SageMaker Distribution 2.0 or newer. An app that runs now may heed it only from its next start on.',
    ...(isKnown
      ? []
      : [
          '⚠ Whether its domain has idle shutdown on may not be looked at from here. Where that is off, SageMaker stops nothing.',
        ]),
  ];
}
