import * as vscode from 'vscode';
import { CancelledError } from '../../core/errors';
import type { Host } from '../host';

const prefix = 'trainyard.jobSecret.';

/** Asks for one value in a box of its own. Throws `CancelledError` on Esc. */
export async function askValue(title: string, name: string): Promise<string> {
  const value = await vscode.window.showInputBox({
    title,
    prompt: `The job file leaves ${name} to be given. It may be empty.`,
    placeHolder: name,
    ignoreFocusOut: true,
  });
  if (value === undefined) throw new CancelledError();
  return value;
}

/**
 * A job's secrets by name: remembered ones from the editor's secret storage, the others asked for, unseen. They go to the
 * job's environment and nowhere else, unless the person chose to have one remembered.
 */
export async function secretValues(
  host: Host,
  title: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  for (const [index, name] of names.entries()) {
    const remembered = await host.extension.secrets.get(prefix + name);
    const step = names.length > 1 ? ` (${index + 1}/${names.length})` : '';
    values.set(name, remembered ?? (await askSecret(host, `${title}${step}`, name)));
  }
  return values;
}

async function askSecret(host: Host, title: string, name: string): Promise<string> {
  const { value, remember } = await new Promise<{ value: string | undefined; remember: boolean }>(
    (resolve) => {
      const box = vscode.window.createInputBox();
      const off = {
        iconPath: new vscode.ThemeIcon('lock'),
        tooltip: `Keep ${name} in the Secret Storage`,
      };
      const on = { iconPath: new vscode.ThemeIcon('key'), tooltip: `Use ${name} Only This Time` };
      let keep = false;
      const show = () => {
        box.buttons = [keep ? on : off];
        const then = keep
          ? 'It will be remembered in the secret storage; Forget Secret… removes it.'
          : 'It is used for this job only; the lock remembers it.';
        box.prompt = `Secret ${name} of the job. ${then}`;
      };
      Object.assign(box, { title, password: true, placeholder: name, ignoreFocusOut: true });
      show();
      box.onDidTriggerButton(() => {
        keep = !keep;
        show();
      });
      box.onDidAccept(() => {
        if (box.value === '') {
          box.validationMessage = 'A secret can’t be empty.';
          return;
        }
        resolve({ value: box.value, remember: keep });
        box.dispose();
      });
      box.onDidHide(() => {
        resolve({ value: undefined, remember: false });
        box.dispose();
      });
      box.show();
    },
  );
  if (value === undefined) throw new CancelledError();
  if (remember) await host.extension.secrets.store(prefix + name, value);
  return value;
}

/** Takes a remembered secret out of the secret storage. */
export async function forgetSecret(host: Host): Promise<void> {
  const keys = await host.extension.secrets.keys();
  const names = keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  if (names.length === 0) {
    void vscode.window.showInformationMessage('No secret is remembered.');
    return;
  }
  const name = await vscode.window.showQuickPick(names.sort(), { placeHolder: 'Forget which secret?' });
  if (name !== undefined) await host.extension.secrets.delete(prefix + name);
}
