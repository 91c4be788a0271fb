import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endJobs } from './processes';

/** This clone. */
export const repository = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** What one run of the tests works on, all of it in a folder that goes with it. */
export interface Workspace {
  /** Opened in the editor: copies of `samples/digits` and the other samples. */
  readonly folder: string;
  /** `TRAINYARD_HOME`. */
  readonly home: string;
  /** User data and extensions of the editor. */
  readonly profile: string;
  delete(): void;
}

export function newWorkspace(): Workspace {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'trainyard-e2e-')));
  const workspace = {
    folder: join(root, 'samples'),
    home: join(root, 'home'),
    profile: join(root, 'profile'),
  };
  cpSync(join(repository, 'samples'), workspace.folder, { recursive: true, filter: isSource });
  writeSettings(workspace.profile, {});
  writeMachineSettings(workspace.profile, {});
  return {
    ...workspace,
    delete() {
      endJobs(workspace.home);
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Environments and results that a person's own runs left in `samples/`. */
function isSource(path: string): boolean {
  return !/[\\/](?:\.venv|__pycache__|\.cache|outputs|checkpoints)$/.test(path);
}

/** Replaces the user's settings: the tests' own, and `more`. */
export function writeSettings(profile: string, more: Readonly<Record<string, unknown>>): void {
  const file = join(profile, 'user-data', 'User', 'settings.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...settings, ...more }, undefined, 2));
}

/** Where the editor under test finds its SSH hosts: none, until a test writes some. */
export function sshConfig(profile: string): string {
  return join(profile, 'ssh_config');
}

/** Settings of the computer that the editor's server runs on, where neither a person's nor a workspace's count. */
export function writeMachineSettings(profile: string, more: Readonly<Record<string, unknown>>): void {
  const folder = join(profile, 'user-data', 'Machine');
  mkdirSync(folder, { recursive: true });
  const own = { 'trainyard.ssh.configFile': sshConfig(profile), ...more };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(own));
}

/** No network, no welcome pages, nothing that moves by itself. */
const settings = {
  'workbench.colorTheme': 'Dark Modern',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.editor.enablePreview': false,
  'chat.disableAIFeatures': true,
  'editor.cursorBlinking': 'solid',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'files.simpleDialog.enable': true,
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.dialogStyle': 'custom',
};
