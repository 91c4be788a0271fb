import * as vscode from 'vscode';
import type { Adding } from '../../core/provider';
import type { Host } from '../host';
import { slowProgress } from '../slowProgress';

/** Asks for one line that says how the new connection is reached, adds it, and offers to attach to it. */
export async function addConnection(host: Host): Promise<void> {
  const { connections } = await host.core.get();
  const adding = await pickWay(connections.adding());
  if (!adding) return;
  const text = await vscode.window.showInputBox({
    title: `Add ${adding.title}`,
    prompt: adding.prompt,
    placeHolder: adding.example,
    ignoreFocusOut: true,
    // Nothing typed yet is no mistake; Enter on nothing is the same as Esc.
    validateInput: (value) => (value.trim() === '' ? undefined : adding.check(value)),
  });
  if (text === undefined || text.trim() === '') return;
  const id = await slowProgress(`Adding ${adding.title}`, (signal) => adding.add(text, signal));
  if (id === undefined) return;
  const attach = 'Attach';
  const answer = await vscode.window.showInformationMessage(`${id} is in Machines now.`, attach);
  if (answer === attach) await vscode.commands.executeCommand('trainyard.machine.attach', id);
}

async function pickWay(ways: readonly Adding[]): Promise<Adding | undefined> {
  if (ways.length === 0) {
    void vscode.window.showInformationMessage('Nothing can be added by hand here.');
    return undefined;
  }
  if (ways.length === 1) return ways[0];
  const items = ways.map((way) => ({ label: way.title, detail: way.prompt, way }));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Add what?' }))?.way;
}
