import * as vscode from 'vscode';
import type { ConfirmQuestion, Prompts, SecretQuestion, SecretStore } from '../core/prompts';

/** Under this name a secret lies in the editor's secret storage. */
const prefix = 'trainyard.secret.';

/** Asks in the editor's own boxes. */
export function prompts(storage: vscode.SecretStorage): Prompts {
  return {
    async secret({ title, message, problem, visible, keepAs }: SecretQuestion) {
      const value = await vscode.window.showInputBox({
        title,
        prompt: problem === undefined ? message : `${problem} ${message}`,
        password: visible !== true,
        ignoreFocusOut: true,
      });
      if (value !== undefined && keepAs !== undefined) await storage.store(prefix + keepAs, value);
      return value;
    },
    async confirm({ message, detail, yes }: ConfirmQuestion) {
      return (await vscode.window.showWarningMessage(message, { modal: true, detail }, yes)) === yes;
    },
  };
}

export function secretStore(storage: vscode.SecretStorage): SecretStore {
  return {
    get: async (key) => storage.get(prefix + key),
    delete: async (key) => storage.delete(prefix + key),
  };
}
