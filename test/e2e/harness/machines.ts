import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import type { SshdServer } from '../../fakes/sshd/sshdServer';
import { expect } from './expect';
import { Editor } from './editor';
import { newWorkspace, sshConfig, writeMachineSettings, type Workspace } from './workspace';

/** An editor whose machines are those of an SSH configuration of the test's own. */
export class MachineEditor {
  private constructor(
    readonly editor: Editor,
    readonly workspace: Workspace,
    readonly config: string,
  ) {}

  /** An editor that runs already. */
  static of(editor: Editor): MachineEditor {
    return new MachineEditor(editor, editor.workspace, sshConfig(editor.workspace.profile));
  }

  static async start(config: string, more: Readonly<Record<string, unknown>> = {}): Promise<MachineEditor> {
    const workspace = newWorkspace();
    const path = sshConfig(workspace.profile);
    writeFileSync(path, config);
    writeMachineSettings(workspace.profile, more);
    const machines = new MachineEditor(await Editor.start(workspace), workspace, path);
    await machines.show();
    return machines;
  }

  async show(): Promise<void> {
    await this.editor.showTrainyard();
    await this.editor.unfold('Machines');
  }

  async reload(): Promise<void> {
    await this.editor.reload();
    await this.show();
  }

  async stop(): Promise<void> {
    await this.editor.stop();
    this.workspace.delete();
  }

  row(text: string | RegExp): Locator {
    return this.editor.rows('Machines', text).first();
  }

  /** Waits until the machine's row says that it is attached. */
  async attached(name: string): Promise<void> {
    await expect(this.attachedIcon(name)).toBeVisible();
  }

  /** Selects the rows of these machines, and no others. */
  async select(...names: readonly string[]): Promise<void> {
    await expect(async () => {
      for (const [index, name] of names.entries())
        await this.row(name)
          .locator('.monaco-icon-label')
          .click({ timeout: 5_000, ...(index > 0 && { modifiers: ['ControlOrMeta'] }) });
      for (const name of names)
        await expect(this.row(name)).toHaveAttribute('aria-selected', 'true', { timeout: 2_000 });
    }).toPass();
  }

  attachedIcon(name: string): Locator {
    return this.row(name).locator('.codicon-vm-active');
  }

  detachedIcon(name: string): Locator {
    return this.row(name).locator('.codicon-vm-outline');
  }

  /**
   * Chooses a folder in the editor's own file dialog, once that shows what is in it. The dialog may still be reading where it
   * began, and then goes back there: it is told again.
   */
  async pickFolder(path: string, child: string, button: string): Promise<void> {
    const { editor } = this;
    const dialog = this.folderDialog(button);
    let chosen = false;
    await expect(async () => {
      if (chosen && !(await dialog.isVisible())) return;
      await editor.input.fill(`${path}/`, { timeout: 5_000 });
      await expect(editor.quickPick(child).first()).toBeVisible({ timeout: 5_000 });
      await dialog.getByRole('button', { name: button }).click({ timeout: 5_000 });
      chosen = true;
      await expect(dialog).toBeHidden({ timeout: 5_000 });
    }).toPass();
  }

  /** The editor's own file dialog, by the button that closes it. */
  folderDialog(button: string): Locator {
    const { page } = this.editor;
    return page
      .locator('.quick-input-widget:visible')
      .filter({ has: page.getByRole('button', { name: button }) });
  }

  get passphrase(): Locator {
    return this.editor.page.locator('.quick-input-widget:visible input[type="password"]');
  }
}

/** A key that only a passphrase opens, and that the server lets in. */
export function lockedKey(server: SshdServer, folder: string, passphrase: string): string {
  const path = join(folder, 'locked_key');
  mkdirSync(folder, { recursive: true });
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', 'test', '-f', path]);
  server.authorize(readFileSync(`${path}.pub`, 'utf8'));
  return path;
}
