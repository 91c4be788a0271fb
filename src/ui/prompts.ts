import * as vscode from 'vscode';
import type {
  ChooseQuestion,
  ConfirmQuestion,
  PageToVisit,
  Prompts,
  SecretQuestion,
  SecretStore,
} from '../core/prompts';
import { askSecret } from './secretBox';

/** Under this name a secret lies in the editor's secret storage. */
export const keptPrefix = 'trainyard.secret.';

/** Asks in the editor's own boxes, one question after the other: a second box would close the first. */
export function prompts(storage: vscode.SecretStorage): Prompts {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(ask: () => Promise<T>): Promise<T> => {
    const turn = last.then(ask);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    secret: (question, signal) => inTurn(() => secret(storage, question, signal)),
    confirm: (question, signal) => inTurn(() => confirm(question, signal)),
    visit: (page, signal) => inTurn(() => visit(page, signal)),
    choose: (question, signal) => inTurn(() => choose(question, signal)),
  };
}

export function secretStore(storage: vscode.SecretStorage): SecretStore {
  return {
    get: async (key) => storage.get(keptPrefix + key),
    delete: async (key) => storage.delete(keptPrefix + key),
  };
}

async function secret(
  storage: vscode.SecretStorage,
  { title, message, problem, visible, keepAs }: SecretQuestion,
  signal: AbortSignal,
): Promise<string | undefined> {
  const answer = await askSecret(
    {
      title,
      message,
      ...(problem !== undefined && { problem }),
      ...(visible !== undefined && { visible }),
      ...(keepAs !== undefined && {
        keep: { name: 'It', once: 'It is used this time only; the lock remembers it.' },
      }),
      mayBeEmpty: true,
    },
    signal,
  );
  if (answer?.keep && keepAs !== undefined) await storage.store(keptPrefix + keepAs, answer.value);
  return answer?.value;
}

async function confirm({ message, detail, yes }: ConfirmQuestion, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, yes)) === yes;
}

async function visit({ message, url, code }: PageToVisit, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  const open = 'Open Browser';
  const copy = 'Copy Address';
  const detail = `The page shows this code: ${code}\n\nGo on only if it is the same.`;
  const answer = await vscode.window.showInformationMessage(message, { modal: true, detail }, open, copy);
  if (answer === copy) await vscode.env.clipboard.writeText(url);
  if (answer === open) await vscode.env.openExternal(vscode.Uri.parse(url, true));
  return answer !== undefined;
}

async function choose(
  { title, message, choices }: ChooseQuestion,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (signal.aborted) return undefined;
  const given = new vscode.CancellationTokenSource();
  const cancel = () => {
    given.cancel();
  };
  signal.addEventListener('abort', cancel, { once: true });
  const items = choices.map(({ value, label, detail }) => ({
    label,
    value,
    ...(detail !== undefined && { detail }),
  }));
  try {
    const options = { title, placeHolder: message, matchOnDetail: true, ignoreFocusOut: true };
    return (await vscode.window.showQuickPick(items, options, given.token))?.value;
  } finally {
    signal.removeEventListener('abort', cancel);
    given.dispose();
  }
}
