import type { Log } from '../core/log';
import type { ReadSetting } from '../core/settings';

/** What a provider may use of the world. Tests hand in their own. */
export interface ProviderContext {
  readonly log: Log;
  readonly setting: ReadSetting;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Absolute path of the folder with `launch.sh` and its neighbours. */
  readonly remoteFolder: string;
}
