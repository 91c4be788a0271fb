import * as vscode from 'vscode';

export interface SecretBox {
  readonly title: string;
  /** What is asked for, as a sentence. */
  readonly message: string;
  readonly placeholder?: string;
  /** What was wrong with the last answer. */
  readonly problem?: string;
  /** Whether what is typed is shown. */
  readonly visible?: boolean;
  /** Where given, a button chooses whether the answer is kept: what it is called there, such as `TOKEN`. */
  readonly keep?: { readonly name: string; readonly once: string };
  readonly mayBeEmpty?: boolean;
}

export interface SecretAnswer {
  readonly value: string;
  /** The person wants it kept in the secret storage. */
  readonly keep: boolean;
}

/** Asks for one secret, unseen. `undefined` on Esc, and when `signal` is aborted. */
export function askSecret(asked: SecretBox, signal?: AbortSignal): Promise<SecretAnswer | undefined> {
  const { title, message, placeholder, problem, visible, keep, mayBeEmpty } = asked;
  if (signal?.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const box = vscode.window.createInputBox();
    let kept = false;
    const show = () => {
      if (!keep) {
        box.prompt = message;
        return;
      }
      const off = {
        iconPath: new vscode.ThemeIcon('lock'),
        tooltip: `Keep ${keep.name} in the Secret Storage`,
      };
      const on = { iconPath: new vscode.ThemeIcon('key'), tooltip: `Use ${keep.name} Only This Time` };
      box.buttons = [kept ? on : off];
      const then = kept
        ? 'It will be remembered in the secret storage; Forget Secret… removes it.'
        : keep.once;
      box.prompt = `${message} ${then}`;
    };
    const close = () => {
      box.hide();
    };
    Object.assign(box, { title, password: visible !== true, placeholder, ignoreFocusOut: true });
    if (problem !== undefined) box.validationMessage = problem;
    show();
    box.onDidChangeValue(() => {
      box.validationMessage = undefined;
    });
    box.onDidTriggerButton(() => {
      kept = !kept;
      show();
    });
    box.onDidAccept(() => {
      if (box.value === '' && mayBeEmpty !== true) {
        box.validationMessage = 'A secret can’t be empty.';
        return;
      }
      resolve({ value: box.value, keep: kept });
      box.hide();
    });
    box.onDidHide(() => {
      signal?.removeEventListener('abort', close);
      resolve(undefined);
      box.dispose();
    });
    signal?.addEventListener('abort', close, { once: true });
    box.show();
  });
}
