import type { NotebookInstanceLifecycleHook } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { IdleFact } from '../../../core/idleShutdown';
import type { NotebookApi } from './notebookApi';
import { scriptMinutes, textOf } from './notebookScript';
import { RecentAnswers } from './recentAnswers';

const none: IdleFact = { words: 'none: SageMaker never stops it by itself', stops: false };

/** What stops a notebook instance that nobody uses: SageMaker has nothing for it, and people give it a lifecycle script that does. */
export class NotebookIdle {
  /** By the script's name. */
  private readonly facts = new RecentAnswers<IdleFact>();

  constructor(private readonly api: NotebookApi) {}

  fact(script: string | undefined, signal: AbortSignal): Promise<IdleFact> {
    if (script === undefined || script === '') return Promise.resolve(none);
    return this.facts.get(script, () => this.ask(script, signal));
  }

  /** It may have been changed. */
  forget(script: string | undefined): void {
    if (script !== undefined) this.facts.forget(script);
  }

  private async ask(script: string, signal: AbortSignal): Promise<IdleFact> {
    try {
      const { OnStart = [], OnCreate = [] } = (await this.api.script(script, signal)) ?? {};
      return scriptFact([...OnStart, ...OnCreate]);
    } catch (error) {
      // The notebook instance itself is shown all the same.
      if (error instanceof ProviderError)
        return { words: 'none by SageMaker; its lifecycle script may not be read', stops: undefined };
      throw error;
    }
  }
}

/** What its scripts seem to do. AWS's own samples stop it by `autostop.py` with `IDLE_TIME` in seconds. */
export function scriptFact(hooks: readonly NotebookInstanceLifecycleHook[]): IdleFact {
  const minutes = scriptMinutes(hooks);
  if (minutes !== undefined)
    return { words: `Trainyard’s script stops it after ${minutes} minutes without use`, stops: true };
  const text = textOf(hooks);
  if (!/autostop|stop[-_]notebook[-_]instance/i.test(text)) return none;
  const seconds = Number(/\bIDLE_TIME=["']?(\d{1,9})\b/.exec(text)?.[1] ?? 0);
  const after = seconds > 0 ? ` after ${Math.round(seconds / 60)} minutes` : '';
  return {
    words: `by its lifecycle script${after} without use, if that works; SageMaker itself never stops it`,
    stops: undefined,
  };
}
