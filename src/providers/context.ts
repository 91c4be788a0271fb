import type { Log } from '../core/log';
import type { Prompts, SecretStore } from '../core/prompts';
import type { ReadSetting } from '../core/settings';
import type { Event } from '../lib/event';

/** What a provider may use of the world. Tests hand in their own. */
export interface ProviderContext {
  readonly log: Log;
  readonly setting: ReadSetting;
  /** A setting of ours has a new value. Absent where they stay as they are, as in the CLI. */
  readonly onDidChangeSettings?: Event<void>;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Absolute path of the folder with `launch.sh` and its neighbours. */
  readonly remoteFolder: string;
  /** Absolute path of the state folder. */
  readonly home: string;
  readonly prompts: Prompts;
  readonly secrets: SecretStore;
  /** Whether the workspace is trusted: only then may configuration files be read that can name programs to run. */
  readonly trusted: () => boolean;
}
