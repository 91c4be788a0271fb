import * as vscode from 'vscode';
import {
  CancelledError,
  DeclinedError,
  PermissionError,
  ProviderError,
  SignInError,
  type ErrorKind,
} from '../core/errors';
import { InvalidInput, type Remedy } from './invalidInput';

const showLog: Remedy = { title: 'Show Log', command: 'trainyard.showLog', arguments: [] };
const openSettings: Remedy = {
  title: 'Open Settings',
  command: 'workbench.action.openSettings',
  arguments: ['@ext:trainyard.trainyard'],
};

/** What mends a failure of each kind, for its notification's buttons. Without any, VS Code shows one line of it, and takes it away by itself. */
const remedies: Record<ErrorKind, readonly Remedy[]> = {
  auth: [showLog],
  forbidden: [showLog],
  notFound: [showLog],
  conflict: [showLog],
  quota: [showLog],
  throttled: [showLog],
  network: [showLog],
  invalid: [showLog],
  unavailable: [openSettings, showLog],
  unknown: [showLog],
};

/** The one place that shows failures: runs `action`, and says what went wrong with the button that mends it. */
export async function runCommand<T>(
  log: vscode.LogOutputChannel,
  action: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    showFailure(log, error);
    return undefined;
  }
}

/** Returns at once; the notification stays until it is answered. */
export function showFailure(log: vscode.LogOutputChannel, error: unknown): void {
  if (error instanceof CancelledError || error instanceof vscode.CancellationError) return;
  if (error instanceof DeclinedError) {
    log.info(error.message);
    return;
  }
  if (error instanceof ProviderError) {
    log.warn(`${error.kind}: ${error.message}`, ...(error.cause === undefined ? [] : [error.cause]));
    void offer(error.message, remediesOf(error));
    return;
  }
  log.error(error instanceof Error ? error : String(error));
  const message = error instanceof Error ? error.message : String(error);
  void offer(`This is a bug in Trainyard: ${message}`, [showLog]);
}

function remediesOf(error: ProviderError): readonly Remedy[] {
  if (error instanceof InvalidInput) return [error.remedy];
  if (error instanceof SignInError)
    return [{ title: 'Sign In', command: 'trainyard.connection.signIn', arguments: [error.connection] }];
  if (error instanceof PermissionError)
    return [
      {
        title: 'Open Permission Policy',
        command: 'trainyard.connection.openPolicy',
        arguments: [error.connection],
      },
      showLog,
    ];
  return remedies[error.kind];
}

async function offer(message: string, choices: readonly Remedy[]): Promise<void> {
  const titles = choices.map(({ title }) => title);
  const chosen = await vscode.window.showErrorMessage(message, ...titles);
  const remedy = choices.find(({ title }) => title === chosen);
  if (remedy) await vscode.commands.executeCommand(remedy.command, ...remedy.arguments);
}
