import { join } from 'node:path';
import type { FrameLocator, Locator, Page } from '@playwright/test';
import { deadline, expect } from './expect';
import { extensionHostPid } from './extensionHost';
import { themes, type ThemeName } from './theme';
import { host, type Window } from './window';
import { repository, writeSettings, type Workspace } from './workspace';

export interface EditorOptions {
  /** The packaged extension; by default this repository's. */
  readonly vsix?: string;
  /** Added to the environment of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A real VS Code with the packaged extension. Everything waits for what it asks, with a deadline. */
export class Editor {
  private constructor(
    readonly workspace: Workspace,
    private readonly options: EditorOptions,
    private window: Window,
  ) {}

  static async start(workspace: Workspace, options: EditorOptions = {}): Promise<Editor> {
    await host().install(workspace, options.vsix ?? join(repository, 'trainyard.vsix'));
    const editor = new Editor(workspace, options, await open(workspace, options));
    await editor.ready();
    return editor;
  }

  get page(): Page {
    return this.window.page;
  }

  /** What the environment of the extension host has besides the test's own. */
  get env(): Readonly<Record<string, string>> {
    return this.options.env ?? {};
  }

  async stop(): Promise<void> {
    await this.window.close();
  }

  /** Ends the editor with all its processes and starts it again, as a person would the next day. */
  async restart(): Promise<void> {
    await this.window.close();
    this.window = await open(this.workspace, this.options);
    await this.ready();
  }

  /** As a person would: the editor saves what is open, which it does not when the browser reloads its page. */
  async reload(): Promise<void> {
    await Promise.all([
      this.page.waitForEvent('load', { timeout: 60_000 }),
      this.run('Developer: Reload Window'),
    ]);
    await this.ready();
  }

  /** Another window on the same folder, with an extension host of its own. Only the embedded editor has that. */
  async secondWindow(): Promise<Editor> {
    const page = await this.page.context().newPage();
    await page.goto(this.page.url());
    const close = () => page.close();
    const editor = new Editor(this.workspace, this.options, { page, group: this.window.group, close });
    await editor.ready();
    return editor;
  }

  private async ready(): Promise<void> {
    this.page.setDefaultTimeout(deadline);
    this.page.setDefaultNavigationTimeout(deadline);
    await expect(this.activityBarIcon('Trainyard')).toBeVisible();
  }

  /** The process that runs the extension; waits until there is one. */
  async extensionHostPid(): Promise<number> {
    let pid: number | undefined;
    await expect.poll(() => (pid = extensionHostPid(this.window.group))).toBeDefined();
    return pid ?? 0;
  }

  /** Milliseconds that loading and activating Trainyard took at this start, as VS Code itself measured them. */
  async activationMs(): Promise<number> {
    // The list is sorted by this very time and draws only what is in sight: give it room for all.
    await this.page.setViewportSize({ width: 1400, height: 5000 });
    await this.run('Developer: Show Running Extensions');
    const row = this.page
      .locator('.runtime-extensions-editor .monaco-list-row')
      .filter({ hasText: 'Trainyard' });
    const time = row.locator('.activation-time');
    await expect(time).toContainText(/\d+ms/);
    return Number(/(\d+)ms/.exec(await time.innerText())?.[1]);
  }

  activityBarIcon(name: string): Locator {
    return this.page.locator('.part.activitybar').getByRole('tab', { name });
  }

  /** Opens Trainyard's side bar. */
  async showTrainyard(): Promise<void> {
    const icon = this.activityBarIcon('Trainyard');
    const title = this.page.locator('.part.sidebar .composite.title');
    // A window that has just loaded opens its side bar by itself, and a click in that moment would close it.
    await expect(async () => {
      if ((await icon.getAttribute('aria-expanded')) !== 'true') await icon.click({ timeout: 5_000 });
      // A side bar that was closed keeps its title, unseen.
      await expect(title.filter({ hasText: /trainyard/i })).toBeVisible({ timeout: 5_000 });
    }).toPass();
  }

  /** A view of the side bar by its title, such as `Jobs`, whether unfolded or not. */
  view(title: string): Locator {
    const header = this.page.getByRole('button', { name: `${title} Section` });
    return this.page.locator('.part.sidebar .pane').filter({ has: header });
  }

  async unfold(title: string): Promise<Locator> {
    const view = this.view(title);
    const header = view.locator('.pane-header');
    if ((await header.getAttribute('aria-expanded')) !== 'true') await header.click();
    await expect(header).toHaveAttribute('aria-expanded', 'true');
    return view;
  }

  /** Rows of a tree, by a text that they hold. */
  rows(title: string, text?: string | RegExp): Locator {
    const rows = this.view(title).getByRole('treeitem');
    return text === undefined ? rows : rows.filter({ hasText: text });
  }

  /** Runs a command by its whole title in the palette, such as `Trainyard: Submit Job…`. */
  async run(command: string): Promise<void> {
    await this.ask('F1', `>${command}`, command);
  }

  /** Opens a quick pick by its key, types, and takes a row. Again where a window that has just loaded was not ready. */
  private async ask(key: string, text: string, row: string): Promise<void> {
    await expect(async () => {
      await this.page.keyboard.press('Escape');
      await this.page.keyboard.press(key);
      await this.input.fill(text, { timeout: 5_000 });
      await this.take(row, 5_000);
    }).toPass();
  }

  /** Takes a row of the open quick pick, typing to find it. */
  async choose(row: string): Promise<void> {
    await this.input.fill(row);
    await this.take(row);
  }

  /**
   * Takes a row of the open quick pick by the keyboard: while a list still comes, what lies under the pointer may be another row by the
   * time of the click.
   */
  async take(row: string | RegExp, timeout = deadline): Promise<void> {
    const focused = this.quickPick(row).and(this.page.locator('.focused'));
    await expect(async () => {
      if ((await this.quickPick(row).count()) > 0 && !(await focused.isVisible()))
        await this.input.press('ArrowDown', { timeout: 5_000 });
      await expect(focused).toBeVisible({ timeout: 1_000 });
    }).toPass({ timeout });
    await this.input.press('Enter', { timeout: 5_000 });
  }

  /** Agrees to the file that the editor's own dialog names. It takes no Enter while it still reads its folder. */
  async acceptFile(name: RegExp): Promise<void> {
    await expect(this.input).toHaveValue(name);
    await expect(async () => {
      if (await this.input.isVisible()) await this.input.press('Enter', { timeout: 5_000 });
      await expect(this.input).toBeHidden({ timeout: 5_000 });
    }).toPass();
  }

  /** The text field of the palette, a quick pick or an input box. */
  get input(): Locator {
    return this.page.locator('.quick-input-widget:visible input[type="text"]');
  }

  /** Rows of the open quick pick. */
  quickPick(text?: string | RegExp): Locator {
    const rows = this.page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row');
    return text === undefined ? rows : rows.filter({ hasText: text });
  }

  /** Opens a file of the workspace by its path in it. */
  async openFile(path: string): Promise<void> {
    const name = path.split('/').at(-1) ?? path;
    const active = this.tab(name).and(this.page.locator('.active'));
    // A panel that comes to the front in that moment takes the pick away.
    await expect(async () => {
      await this.ask('ControlOrMeta+p', path, name);
      await expect(active).toBeVisible({ timeout: 5_000 });
    }).toPass();
    await expect(this.page.locator('.editor-instance .monaco-editor .view-line').first()).toBeVisible();
  }

  tab(name: string | RegExp): Locator {
    return this.page.getByRole('tab').filter({ hasText: name }).and(this.page.locator('.tab'));
  }

  notification(text?: string | RegExp): Locator {
    const toasts = this.page.locator('.notifications-toasts .notification-list-item');
    return text === undefined ? toasts : toasts.filter({ hasText: text });
  }

  /** A modal question. */
  dialog(text?: string | RegExp): Locator {
    const boxes = this.page.locator('.monaco-dialog-box');
    return text === undefined ? boxes : boxes.filter({ hasText: text });
  }

  /** The inside of the panel that is in front. */
  panel(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready:visible').frameLocator('#active-frame');
  }

  /**
   * Sets user settings beside those of the harness, taking back what an earlier call set, and reloads: this editor sees
   * only the first change that others make to its settings file.
   */
  async configure(settings: Readonly<Record<string, unknown>>): Promise<void> {
    writeSettings(this.workspace.profile, settings);
    await this.reload();
  }

  async theme(name: ThemeName): Promise<void> {
    const { label, kind } = themes[name];
    await this.run('Preferences: Color Theme');
    await this.choose(label);
    await expect(this.page.locator(`.monaco-workbench.${kind}`)).toBeVisible();
  }

  /** Saves what is on the screen as `test-results/screenshots/<name>.<theme>.png`, in each theme, and ends in the dark one. */
  async screenshots(name: string, settled?: () => Promise<void>): Promise<void> {
    for (const theme of ['light', 'contrast', 'dark'] as const) {
      await this.theme(theme);
      await settled?.();
      await this.screenshot(`${name}.${theme}`);
    }
  }

  /** Saves what is on the screen as `test-results/screenshots/<name>.png`. */
  async screenshot(name: string): Promise<void> {
    const path = join(repository, 'test-results', 'screenshots', `${name}.png`);
    await this.page.screenshot({ path, animations: 'disabled' });
  }

  /** Closes what a test left open. Files are not saved. */
  async clear(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.run('View: Close All Editors');
    const dontSave = this.dialog().getByRole('button', { name: "Don't Save" });
    const empty = this.page.locator('.editor-group-container.empty');
    await expect(dontSave.or(empty).first()).toBeVisible();
    if (await dontSave.isVisible()) await dontSave.click();
    await expect(empty.first()).toBeVisible();
    await this.run('Notifications: Clear All Notifications');
    await expect(this.notification()).toHaveCount(0);
  }
}

function open(workspace: Workspace, { env = {} }: EditorOptions): Promise<Window> {
  return host().open(workspace, { TRAINYARD_HOME: workspace.home, ...env });
}
