import * as vscode from 'vscode';
import { checkSentence, missingLines, type Access, type AccessCheck } from '../../core/access';
import type { Adding, AddingChoice, Connection } from '../../core/provider';
import type { Host } from '../host';
import { slowProgress } from '../slowProgress';
import { targetConnection } from './connectionTarget';

/** Asks how the new connection is reached, by choices or one line of text, adds it, and offers what comes next. */
export async function addConnection(host: Host): Promise<void> {
  const { connections } = await host.core.get();
  const adding = await pickWay(connections.adding());
  if (!adding) return;
  const text = await askText(adding);
  if (text === undefined || text.trim() === '') return;
  const id = await slowProgress(`Adding ${adding.title}`, (signal) => adding.add(text, signal));
  if (id === undefined) return;
  const connection = await connections.get(id);
  const { access } = connection;
  if (access) {
    const result = await slowProgress(`Checking ${id}`, (signal) => access.check(signal));
    await showCheck(connection, result, `${id} is added`, {
      title: 'Submit Job…',
      run: () => vscode.commands.executeCommand('trainyard.job.submit'),
    });
    return;
  }
  const attach = 'Attach';
  const answer = await vscode.window.showInformationMessage(`${id} is in Machines now.`, attach);
  if (answer === attach) await vscode.commands.executeCommand('trainyard.machine.attach', id);
}

export async function removeConnection(host: Host, word?: unknown): Promise<void> {
  const connection = await targetConnection(host, word, {
    question: 'Remove which connection?',
    can: ({ remove }) => remove !== undefined,
    none: 'No connection was added by hand.',
  });
  if (!connection) return;
  const detail = 'It goes out of Trainyard’s list. What runs there goes on, and costs what it costs.';
  const question = `Remove ${connection.label}?`;
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, 'Remove')) !== 'Remove')
    return;
  await connection.remove?.(new AbortController().signal);
}

export async function signIn(host: Host, word?: unknown): Promise<void> {
  const connection = await targetConnection(host, word, {
    question: 'Sign in to which connection?',
    can: ({ access }) => access?.signIn !== undefined,
    none: 'No connection has a sign-in.',
  });
  if (!connection) return;
  await slowProgress(`Signing in to ${connection.label}`, async (signal) =>
    connection.access?.signIn?.(signal),
  );
  void vscode.window.showInformationMessage(`You are signed in to ${connection.label}.`);
}

export async function checkConnection(host: Host, word?: unknown): Promise<void> {
  const found = await withAccess(host, word, 'Check which connection?');
  if (!found) return;
  const { connection, access } = found;
  const result = await slowProgress(`Checking ${connection.label}`, (signal) => access.check(signal));
  await showCheck(connection, result, connection.label);
}

export async function openPolicy(host: Host, word?: unknown): Promise<void> {
  const found = await withAccess(host, word, 'The policy for which connection?');
  if (found) await showPolicy(found.access);
}

async function withAccess(
  host: Host,
  word: unknown,
  question: string,
): Promise<{ readonly connection: Connection; readonly access: Access } | undefined> {
  const connection = await targetConnection(host, word, {
    question,
    can: ({ access }) => access !== undefined,
    none: 'No connection has permissions to check. Add one by Add Connection….',
  });
  return connection?.access && { connection, access: connection.access };
}

/** Without a button the editor shows one line, which ends before the result. */
async function showCheck(
  { access }: Connection,
  result: AccessCheck,
  title: string,
  next?: Step,
): Promise<void> {
  const sentence = `${title}: ${result.who}. ${checkSentence(result)}`;
  const policy: Step = { title: 'Open Permission Policy', run: async () => access && showPolicy(access) };
  if (result.missing.length === 0) {
    await (await vscode.window.showInformationMessage(sentence, next ?? policy))?.run();
    return;
  }
  const lines = missingLines(result).join('. ');
  await (await vscode.window.showWarningMessage(`${sentence} ${lines}.`, policy))?.run();
}

interface Step extends vscode.MessageItem {
  run(): PromiseLike<unknown>;
}

/** As a document of its own: to be saved, sent or pasted into the platform's console. */
async function showPolicy(access: Access): Promise<void> {
  const { text: content, language } = await access.policy(new AbortController().signal);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language }));
}

async function askText(adding: Adding): Promise<string | undefined> {
  if (!adding.choices) return typeText(adding);
  const chosen: string[] = [];
  for (;;) {
    const before = [...chosen];
    const choices = await slowProgress('Looking', async (signal) => adding.choices?.(before, signal));
    if (!choices) return chosen.join(' ');
    const typed = { label: '$(edit) Type It…', value: undefined };
    const items: readonly (vscode.QuickPickItem & { readonly value: string | undefined })[] = [
      ...choices.items.map(({ label, description, value }: AddingChoice) => ({
        label,
        value,
        ...(description === undefined ? {} : { description }),
      })),
      typed,
    ];
    const picked = await vscode.window.showQuickPick(items, {
      title: `Add ${adding.title}`,
      placeHolder: choices.question,
      matchOnDescription: true,
      ignoreFocusOut: true,
    });
    if (!picked) return undefined;
    if (picked.value === undefined) return typeText(adding, chosen);
    chosen.push(picked.value);
  }
}

async function typeText(adding: Adding, chosen: readonly string[] = []): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: `Add ${adding.title}`,
    prompt: adding.prompt,
    placeHolder: adding.example,
    ...(chosen.length === 0 ? {} : { value: `${chosen.join(' ')} ` }),
    ignoreFocusOut: true,
    // Nothing typed yet is no mistake; Enter on nothing is the same as Esc.
    validateInput: (value) => (value.trim() === '' ? undefined : adding.check(value)),
  });
}

async function pickWay(ways: readonly Adding[]): Promise<Adding | undefined> {
  if (ways.length === 0) {
    void vscode.window.showInformationMessage('Nothing can be added by hand here.');
    return undefined;
  }
  if (ways.length === 1) return ways[0];
  const items = ways.map((way) => ({ label: way.title, detail: way.prompt, way }));
  return (
    await vscode.window.showQuickPick(items, { title: 'Add Connection', placeHolder: 'What do you add?' })
  )?.way;
}
