import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { _electron } from '@playwright/test';
import { resolveCliArgsFromVSCodeExecutablePath } from '@vscode/test-electron';
import type { Host } from './window';
import type { Workspace } from './workspace';

const profileWords = ({ profile }: Workspace) => [
  ...['--user-data-dir', join(profile, 'user-data'), '--extensions-dir', join(profile, 'extensions')],
];

/** A downloaded desktop VS Code, driven through Electron. */
export const desktop = (program: string): Host => ({
  async install(workspace, vsix) {
    const [cli = program, ...words] = resolveCliArgsFromVSCodeExecutablePath(program, {
      reuseMachineInstall: true,
    });
    const options = [...words, ...profileWords(workspace), '--force', '--install-extension', vsix];
    // On Windows the program is a batch file, which only a shell starts; every word of the line is the harness's own.
    await promisify(execFile)(cli, options, { shell: process.platform === 'win32' });
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
