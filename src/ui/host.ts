import type * as vscode from 'vscode';
import type { JobFiles } from './language/jobFiles';
import type { LazyCore } from './lazyCore';
import type { Event } from '../lib/event';
import type { Panels } from './panelLoaders';
import type { Submissions } from './submissions';

/** What every part of the editor's UI works with; `extension.ts` makes the one there is. */
export interface Host {
  readonly extension: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly core: LazyCore;
  readonly jobFiles: JobFiles;
  readonly submissions: Submissions;
  /** A setting of ours has a new value. */
  readonly onDidChangeSettings: Event<void>;
  readonly panels: Panels;
}
