/** Something in a job file that a person should know, and where it is. */
export interface Problem {
  readonly severity: 'error' | 'warning' | 'info';
  /** What is wrong and what to do. */
  readonly message: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 code units as editors count. */
  readonly column: number;
  /** Offsets into the text, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** Such as `resources.any_of[0].cpus`; empty for the file as a whole. */
  readonly path: string;
  /** Replaces `start`..`end`. */
  readonly fix?: { readonly title: string; readonly newText: string };
}
