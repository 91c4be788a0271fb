import type { LineScan } from './lineScanner';
import type { FollowedFileState } from '../workers/followedFile';

/** What the thread that reads logs is asked. `id` is the asker's own, one for each log it follows. */
export type LogOrder =
  | {
      readonly kind: 'follow';
      readonly id: number;
      readonly log: FollowedFileState;
      readonly telemetry: FollowedFileState;
      /** Where the scanning begins: bytes whose lines are known already. */
      readonly from: number;
    }
  | {
      readonly kind: 'stir';
      readonly id: number;
      readonly channel: 'log' | 'telemetry';
      readonly over: boolean;
    }
  | { readonly kind: 'leave'; readonly id: number };

/** When a log held how many bytes: columns of one length. */
export interface MarkColumns {
  readonly bytes: Float64Array<ArrayBuffer>;
  /** Unix milliseconds. */
  readonly times: Float64Array<ArrayBuffer>;
}

/** The file's size and its time of change, in unix milliseconds, at the last look; absent where its times are known. */
export interface LatestChange {
  readonly bytes: number;
  readonly t: number;
}

/** What it tells of each log. */
export type LogNews =
  /** More lines. */
  | { readonly kind: 'scan'; readonly scan: LineScan; readonly latest?: LatestChange }
  /** All that is in the file now has been told. */
  | { readonly kind: 'read'; readonly latest?: LatestChange }
  | { readonly kind: 'marks'; readonly marks: MarkColumns }
  /** All marks that there are now have been told. */
  | { readonly kind: 'marksRead' }
  /** Where `setup` began and ended, in bytes of the log; without an end it goes on. */
  | { readonly kind: 'setup'; readonly from: number; readonly to: number | null }
  /** The log is over and all of it has been told. */
  | { readonly kind: 'end' }
  /** It can't be read. */
  | { readonly kind: 'failed'; readonly error: Error }
  /** It can be read again. */
  | { readonly kind: 'mended' };

export type LogNewsOf = LogNews & { readonly id: number };
