import * as vscode from 'vscode';
import { ProviderError } from '../../core/errors';
import type { Machine } from '../../core/machine';
import type { ListeningPort } from '../../services/ports/listeningPorts';
import type { Host } from '../host';
import { attachTo } from '../machines/attachTo';
import { openTerminal } from '../machines/machineTerminal';
import { slowProgress } from '../slowProgress';
import { noMachines } from './machineActions';
import { targetMachine } from './machineTarget';
import { forward, openInBrowser } from './portActions';

/** Milliseconds between two looks whether it listens, and how often it is looked. */
const pause = 1000;
const looks = 60;

/** Opens a TensorBoard that runs on the machine, or starts one in a terminal where it is installed. */
export async function openTensorBoard(host: Host, word?: unknown): Promise<void> {
  const machine = await targetMachine(host, word, {
    question: 'Open TensorBoard of which machine?',
    none: noMachines,
  });
  if (!machine || !(await attachTo(host, machine))) return;
  const port = await pickBoard(host, machine);
  if (port) await openInBrowser(await forward(host, machine, { ...port, name: 'TensorBoard' }));
}

async function pickBoard(host: Host, machine: Machine): Promise<ListeningPort | undefined> {
  const all = await slowProgress(`Looking for TensorBoard on ${machine.label}`, (signal) =>
    ports(host, machine, signal),
  );
  const running = all.filter(({ name }) => name === 'TensorBoard');
  const start = 'Start TensorBoard…';
  const items: (vscode.QuickPickItem & { readonly port?: ListeningPort })[] = [
    ...running.map((port) => ({ label: `Port ${port.port}`, description: port.command ?? '', port })),
    { label: start, description: 'in a terminal' },
  ];
  const picked =
    running.length === 0
      ? { label: start }
      : await vscode.window.showQuickPick(items, { placeHolder: 'Open which TensorBoard?' });
  if (!picked) return undefined;
  return 'port' in picked ? picked.port : startBoard(host, machine, all);
}

async function startBoard(
  host: Host,
  machine: Machine,
  taken: readonly ListeningPort[],
): Promise<ListeningPort | undefined> {
  const { hasTensorBoard, tensorBoardLine } = await import('../../services/ports/tensorBoard');
  const installed = await slowProgress(`Looking for TensorBoard on ${machine.label}`, (signal) =>
    hasTensorBoard(machine, signal),
  );
  if (!installed) {
    const why =
      'No TensorBoard runs there, and its user’s shell finds none. Install it with: pip install tensorboard';
    throw new ProviderError('unavailable', `${machine.label}: ${why}`);
  }
  const folder = await vscode.window.showInputBox({
    title: `TensorBoard on ${machine.label}`,
    prompt: 'Folder of the machine whose runs it shows.',
    value: '~/runs',
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' || /[\r\n]/.test(text) ? 'Give a folder.' : undefined),
  });
  if (folder === undefined) return undefined;
  const { line, port } = tensorBoardLine(folder.trim(), taken);
  openTerminal(machine, line);
  return slowProgress(`Starting TensorBoard on ${machine.label}`, async (signal) => {
    for (let look = 0; look < looks; look++) {
      const found = (await ports(host, machine, signal)).find((one) => one.port === port);
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    throw new ProviderError('unavailable', 'TensorBoard did not start. Its terminal says why.');
  });
}

async function ports(host: Host, machine: Machine, signal: AbortSignal): Promise<readonly ListeningPort[]> {
  const { remoteFolder } = await host.core.get();
  const { listeningPorts } = await import('../../services/ports/listeningPorts');
  return listeningPorts(machine, remoteFolder, signal);
}
