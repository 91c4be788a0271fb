import * as vscode from 'vscode';
import { CancelledError } from '../../core/errors';
import type { Host } from '../host';
import { keptPrefix } from '../prompts';
import { askSecret } from '../secretBox';

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
    values.set(name, remembered ?? (await askJobSecret(host, `${title}${step}`, name)));
  }
  return values;
}

async function askJobSecret(host: Host, title: string, name: string): Promise<string> {
  const answer = await askSecret({
    title,
    message: `Secret ${name} of the job.`,
    placeholder: name,
    keep: { name, once: 'It is used for this job only; the lock remembers it.' },
  });
  if (!answer) throw new CancelledError();
  if (answer.keep) await host.extension.secrets.store(prefix + name, answer.value);
  return answer.value;
}

/** Takes a remembered secret out of the secret storage: of a job, or an answer that was kept. */
export async function forgetSecret(host: Host): Promise<void> {
  const keys = await host.extension.secrets.keys();
  const items = [prefix, keptPrefix].flatMap((start) =>
    keys
      .filter((key) => key.startsWith(start))
      .sort()
      .map((key) => ({ label: key.slice(start.length), key })),
  );
  if (items.length === 0) {
    void vscode.window.showInformationMessage('No secret is remembered.');
    return;
  }
  const picked = await vscode.window.showQuickPick(items, { placeHolder: 'Forget which secret?' });
  if (picked) await host.extension.secrets.delete(picked.key);
}
