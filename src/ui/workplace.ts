import * as vscode from 'vscode';
import type { CoreOptions } from '../services/core';
import { attachedMemory } from './machines/attachedMemory';
import { prompts, secretStore } from './prompts';
import { readSetting, settingsChanged } from './settings';

/** What the editor gives to the core. */
export function workplace(
  extension: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): Omit<CoreOptions, 'home' | 'providers'> {
  return {
    log,
    setting: readSetting,
    onDidChangeSettings: settingsChanged,
    now: Date.now,
    remoteFolder: extension.asAbsolutePath('dist/remote'),
    workersFolder: extension.asAbsolutePath('dist/workers'),
    prompts: prompts(extension.secrets),
    secrets: secretStore(extension.secrets),
    attachedMemory: attachedMemory(extension.workspaceState),
    trusted: () => vscode.workspace.isTrusted,
  };
}
