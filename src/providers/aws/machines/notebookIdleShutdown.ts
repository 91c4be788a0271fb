import type {
  DescribeNotebookInstanceOutput,
  NotebookInstanceLifecycleHook,
} from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { IdleProspect, IdleShutdown } from '../../../core/idleShutdown';
import type { Pause } from '../account/rates';
import type { NotebookApi } from './notebookApi';
import type { NotebookIdle } from './notebookIdle';
import { hookOf, notebookScript, scriptMinutes, scriptName } from './notebookScript';

/** Minutes: less would stop people who think. */
const least = 5;
const most = 525_600;
/** Looks, 3 s apart, until AWS says that it is done. */
const patience = 100;

export interface NotebookIdleParts {
  readonly api: NotebookApi;
  readonly idle: NotebookIdle;
  /** Text of `src/remote/notebookIdle.sh`. */
  readonly watch: () => Promise<string>;
  readonly pause: Pause;
}

interface Read {
  readonly found: DescribeNotebookInstanceOutput;
  /** Name of the script that the instance has. */
  readonly attached: string | undefined;
  /** Of a script of ours. */
  readonly minutes: number | undefined;
  readonly problem: string | undefined;
  readonly offProblem: string | undefined;
}

/**
 * Ours, for SageMaker has none for notebook instances: a lifecycle script of Trainyard's own. AWS attaches and detaches one only while the instance
 * is stopped; its content can be changed at any time, and counts from the next start on.
 */
export class NotebookIdleShutdown implements IdleShutdown {
  constructor(private readonly parts: NotebookIdleParts) {}

  async look(id: string, signal: AbortSignal): Promise<IdleProspect> {
    const { idle } = this.parts;
    const name = nameOf(id);
    const { found, attached, minutes, problem, offProblem } = await this.read(name, signal);
    idle.forget(attached);
    const [fact, notes] = await Promise.all([idle.fact(attached, signal), this.notes(name, found, signal)]);
    return {
      ...fact,
      minutes: minutes ?? null,
      least,
      most,
      notes,
      ...(problem !== undefined && { problem }),
      ...(offProblem !== undefined && { offProblem }),
    };
  }

  async set(
    id: string,
    minutes: number | null,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { api, idle } = this.parts;
    const name = nameOf(id);
    const { attached, problem, offProblem } = await this.read(name, signal);
    const why = minutes === null ? offProblem : problem;
    if (why !== undefined) throw new ProviderError('conflict', why);
    onProgress('asking AWS');
    if (minutes !== null) await this.give(name, attached, minutes, onProgress, signal);
    else if (attached !== undefined) {
      await api.attach(name, null, signal);
      await this.settled(name, onProgress, signal);
      await this.tidy(attached, signal);
    }
    idle.forget(scriptName(name));
    const { minutes: now } = await this.read(name, signal);
    if ((now ?? null) !== minutes)
      throw new ProviderError(
        'conflict',
        `AWS took it, and now has another time, as if somebody else had set it at the same moment. Look at it again: ${now === undefined ? 'none' : `${now} minutes`}`,
      );
  }

  private async read(name: string, signal: AbortSignal): Promise<Read> {
    const found = await this.parts.api.describe(name, signal);
    const attached = attachedTo(found);
    const isOurs = attached === scriptName(name);
    const script =
      attached !== undefined && isOurs ? await this.parts.api.script(attached, signal) : undefined;
    const minutes = script && scriptMinutes(script.OnStart ?? []);
    const foreign =
      attached !== undefined && (!isOurs || (script && minutes === undefined))
        ? `It has a lifecycle script that is not Trainyard’s, and is left alone. Add what stops the instance to that script, or take it away in SageMaker’s console and set this again: ${attached}`
        : undefined;
    const moving = movingProblem(found);
    const problem = foreign ?? (attached === undefined ? moving : undefined);
    const offProblem = foreign ?? (attached === undefined ? undefined : moving);
    return { found, attached, minutes, problem, offProblem };
  }

  private async give(
    name: string,
    attached: string | undefined,
    minutes: number,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { api, watch } = this.parts;
    const hook = hookOf(notebookScript(await watch(), minutes));
    const script = scriptName(name);
    const before = await api.script(script, signal);
    // One that was left behind, or that another window has just made.
    if (before && scriptMinutes(before.OnStart ?? []) === undefined)
      throw new ProviderError(
        'conflict',
        `There is a lifecycle script of that name which is not Trainyard’s. Delete or rename it in SageMaker’s console: ${script}`,
      );
    if (before) await api.changeScript(script, hook, signal);
    else await this.make(script, hook, signal);
    if (attached !== undefined) return;
    try {
      await api.attach(name, script, signal);
    } catch (error) {
      if (!before) await this.tidy(script, new AbortController().signal);
      throw error;
    }
    await this.settled(name, onProgress, signal);
  }

  private async make(
    script: string,
    hook: NotebookInstanceLifecycleHook,
    signal: AbortSignal,
  ): Promise<void> {
    const { api } = this.parts;
    try {
      await api.makeScript(script, hook, signal);
    } catch (error) {
      if (!(error instanceof ProviderError) || !(await api.script(script, signal))) throw error;
      throw new ProviderError(
        'conflict',
        `Somebody else sets it at the same moment. Look at it again: ${script}`,
        { cause: error },
      );
    }
  }

  /** Deletes a script of ours that no instance has. */
  private async tidy(script: string, signal: AbortSignal): Promise<void> {
    const { api } = this.parts;
    const users = await api.list(script, signal);
    const isUsed = users.some((one) => one.NotebookInstanceLifecycleConfigName === script);
    if (!isUsed) await api.deleteScript(script, signal);
  }

  private async settled(
    name: string,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { api, pause } = this.parts;
    for (let looks = 0; ; looks++) {
      const found = await api.describe(name, signal);
      if (found.NotebookInstanceStatus === 'Failed')
        throw new ProviderError(
          'unavailable',
          `AWS could not change the notebook instance: ${found.FailureReason ?? 'Failed'}`,
        );
      if (found.NotebookInstanceStatus !== 'Updating') return;
      if (looks >= patience)
        throw new ProviderError(
          'unavailable',
          `AWS took it, and is still changing the notebook instance. Look at it again later: ${name}`,
        );
      onProgress('being changed');
      await pause(3000, signal);
    }
  }

  private async notes(
    name: string,
    {
      RoleArn: role = '',
      NotebookInstanceArn: arn = '',
      NotebookInstanceStatus,
    }: DescribeNotebookInstanceOutput,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const may = await this.parts.api.mayStop(role, arn, signal);
    const roleName = role.slice(role.lastIndexOf('/') + 1);
    return [
      `SageMaker has nothing that stops a notebook instance, so a script of Trainyard’s own does, also with this editor closed. It runs as root on the instance from its next start on: ${scriptName(name)}`,
      'In use: a kernel that runs or has run something, a key in a terminal, a notebook that was saved, a GPU at 5 %, half a core, a transfer of 1 MB/s. Warnings, and why a stop failed, are in trainyard-idle.log beside the notebooks.',
      may === true
        ? `It is stopped by its own role, which may do that: ${roleName}`
        : `⚠ It is stopped by its own role, ${may === false ? 'which, IAM says, may not do that' : 'which could not be looked at'}. The role needs sagemaker:StopNotebookInstance for this instance: ${roleName}`,
      ...(NotebookInstanceStatus === 'InService'
        ? ['It runs now, and has the new time from its next start on.']
        : []),
    ];
  }
}

export function nameOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

function attachedTo(found: DescribeNotebookInstanceOutput): string | undefined {
  const name = found.NotebookInstanceLifecycleConfigName;
  return name === '' ? undefined : name;
}

function movingProblem(found: DescribeNotebookInstanceOutput): string | undefined {
  const { NotebookInstanceStatus: status, NotebookInstanceName: name = '' } = found;
  if (status === 'Stopped' || status === 'Failed') return undefined;
  return status === 'InService'
    ? `AWS gives a lifecycle script to a notebook instance, or takes it away, only while it is stopped. Stop it first: ${name}`
    : `The notebook instance is changing right now (${status ?? 'unknown'}). Try again once it is stopped: ${name}`;
}
