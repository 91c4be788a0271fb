import { HOST_EXTENSION } from 'vscode-messenger-common';
import type { NotificationType, RequestType } from 'vscode-messenger-common';
import { Messenger } from 'vscode-messenger-webview';

const vscode = acquireVsCodeApi();
const messenger = new Messenger(vscode);

/** Asks the host. What goes wrong there arrives as a plain object and is made an `Error` again. */
export async function ask<P, R>(type: RequestType<P, R>, params: P): Promise<R> {
  try {
    return await messenger.sendRequest(type, HOST_EXTENSION, params);
  } catch (error) {
    throw error instanceof Error ? error : new Error(messageIn(error));
  }
}

/** At most one listener a message. Call `startListening` once all are there. */
export function onTold<P>(type: NotificationType<P>, listener: (value: P) => void): void {
  messenger.onNotification(type, listener);
}

export function startListening(): void {
  messenger.start();
}

/** What `saveState` was given last, also before a reload of the window. */
export function savedState(): unknown {
  return vscode.getState();
}

export function saveState(state: unknown): void {
  vscode.setState(state);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function messageIn(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
