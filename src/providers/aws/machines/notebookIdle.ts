import type { NotebookInstanceLifecycleHook } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { AwsAccount } from '../account/account';

const none = 'none: SageMaker never stops it by itself';

/** What stops a notebook instance that nobody uses: SageMaker has nothing for it, and people give it a lifecycle script that does. */
export class NotebookIdle {
  /** By the script's name, as it was last read: few change them, and each takes a call. */
  private readonly texts = new Map<string, Promise<string>>();

  constructor(private readonly account: AwsAccount) {}

  /** One clause, for the tooltip. */
  text(script: string | undefined, signal: AbortSignal): Promise<string> {
    if (script === undefined || script === '') return Promise.resolve(none);
    const asking = this.texts.get(script) ?? this.ask(script, signal);
    this.texts.set(script, asking);
    asking.catch(() => this.texts.delete(script));
    return asking;
  }

  private async ask(script: string, signal: AbortSignal): Promise<string> {
    try {
      const { OnStart = [], OnCreate = [] } = await this.account.ask(
        'sagemaker',
        'The lifecycle script of the notebook instance can’t be read',
        (sdk, client, options) =>
          client.send(
            new sdk.DescribeNotebookInstanceLifecycleConfigCommand({
              NotebookInstanceLifecycleConfigName: script,
            }),
            options,
          ),
        signal,
      );
      return scriptText([...OnStart, ...OnCreate]);
    } catch (error) {
      // The notebook instance itself is shown all the same.
      if (error instanceof ProviderError) return 'none by SageMaker; its lifecycle script may not be read';
      throw error;
    }
  }
}

/** What its scripts seem to do. AWS's own samples stop it by `autostop.py` with `IDLE_TIME` in seconds. */
export function scriptText(hooks: readonly NotebookInstanceLifecycleHook[]): string {
  const text = hooks.map(({ Content = '' }) => Buffer.from(Content, 'base64').toString()).join('\n');
  if (!/autostop|stop[-_]notebook[-_]instance/i.test(text)) return none;
  const seconds = Number(/\bIDLE_TIME=["']?(\d{1,9})\b/.exec(text)?.[1] ?? 0);
  const after = seconds > 0 ? ` after ${Math.round(seconds / 60)} minutes` : '';
  return `by its lifecycle script${after} without use, if that works; SageMaker itself never stops it`;
}
