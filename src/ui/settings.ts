import * as vscode from 'vscode';
import type { ReadSetting } from '../core/settings';
import type { Event } from '../lib/event';
import { settingValue } from './settingValue';

/** Reads the editor's settings as they are now. */
export const readSetting: ReadSetting = (key) =>
  settingValue(key, vscode.workspace.getConfiguration().get<unknown>(key));

/** A setting of ours has a new value. */
export const settingsChanged: Event<void> = (listener) =>
  vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration('trainyard')) listener();
  });
