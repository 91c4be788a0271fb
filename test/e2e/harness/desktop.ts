import { join } from 'node:path';
import { _electron } from '@playwright/test';
import { runVSCodeCommand } from '@vscode/test-electron';
import type { Host } from './window';
import type { Workspace } from './workspace';

const profileWords = ({ profile }: Workspace) => [
  ...['--user-data-dir', join(profile, 'user-data'), '--extensions-dir', join(profile, 'extensions')],
];

/** A downloaded desktop VS Code, driven through Electron. */
export const desktop = (program: string): Host => ({
  async install(workspace, vsix) {
    await runVSCodeCommand([...profileWords(workspace), '--force', '--install-extension', vsix], {
      vscodeExecutablePath: program,
      reuseMachineInstall: true,
    });
  },

  async open(workspace, env) {
    const app = await _electron.launch({
      executablePath: program,
      args: [
        ...profileWords(workspace),
        ...[
          '--disable-telemetry',
          '--disable-updates',
          '--disable-workspace-trust',
          '--no-sandbox',
          '--skip-welcome',
        ],
        workspace.folder,
      ],
      env: { ...process.env, ...env } as Record<string, string>,
    });
    const page = await app.firstWindow();
    return { page, group: app.process().pid ?? 0, close: () => app.close() };
  },
});
