import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as playwright, type Page } from '@playwright/test';
import { chromium } from '../../../scripts/chromium.mjs';
import { installVsix, startEditor } from '../../../scripts/editorServer.mjs';
import { desktop } from './desktop';
import type { Workspace } from './workspace';

/** A window of VS Code on the workspace's folder. */
export interface Window {
  readonly page: Page;
  /** Leads the process group of the editor behind the window. */
  readonly group: number;
  close(): Promise<void>;
}

/** A kind of VS Code: how to install the extension into a profile of it, and how to open it. */
export interface Host {
  install(workspace: Workspace, vsix: string): Promise<void>;
  open(workspace: Workspace, env: Readonly<Record<string, string>>): Promise<Window>;
}

/** As root, Chromium can't have its sandbox; and none of it may ask the network. */
const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/** The extensions folder that the editor made of a VSIX: each later profile gets a copy, as an install takes seconds. */
const installed = new Map<string, string>();

/** A copy for as long as this process lives; the profile goes with its test. */
function kept(extensions: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-installed-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  cpSync(extensions, folder, { recursive: true });
  return folder;
}

const embedded: Host = {
  async install({ profile }, vsix) {
    const extensions = join(profile, 'extensions');
    const known = installed.get(vsix);
    if (known !== undefined && !existsSync(extensions)) {
      cpSync(known, extensions, { recursive: true });
      return;
    }
    await installVsix(profile, vsix);
    if (known === undefined) installed.set(vsix, kept(extensions));
  },

  async open({ profile, folder }, env) {
    const executablePath = chromium();
    if (!executablePath) throw new Error('Chromium is missing; `npm test` installs it or says how.');
    const server = await startEditor({ profile, folder, env });
    const browser = await playwright.launch({ executablePath, args: flags });
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], {
      origin: new URL(server.address).origin,
    });
    const page = await context.newPage();
    await page.goto(server.address, { timeout: 60_000 });
    return {
      page,
      group: server.pid,
      async close() {
        await browser.close();
        await server.stop();
      },
    };
  },
};

/** Desktop VS Code where `npm run test:desktop` names one, else the embedded editor in a browser. */
export function host(): Host {
  const program = process.env.TRAINYARD_TEST_VSCODE;
  return program ? desktop(program) : embedded;
}
