import * as vscode from 'vscode';
import { ProviderError } from '../../core/errors';
import type { Kernels } from '../../services/notebooks/kernels';
import type { Host } from '../host';
import { slowProgress } from '../slowProgress';
import type { NotebookSupport } from './notebookSupport';

interface Target {
  readonly kernels: Kernels;
  readonly id: string;
  /** For people: its notebook and machine. */
  readonly label: string;
}

export async function interruptKernel(host: Host, notebooks: NotebookSupport, word?: unknown): Promise<void> {
  const target = await targetKernel(host, notebooks, word, 'Interrupt which kernel?');
  if (target)
    await slowProgress('Interrupting the kernel', (signal) => target.kernels.interrupt(target.id, signal));
}

export async function restartKernel(host: Host, notebooks: NotebookSupport, word?: unknown): Promise<void> {
  const target = await targetKernel(host, notebooks, word, 'Restart which kernel?');
  if (!target || !(await agreed(`Restart the kernel of ${target.label}?`, 'Restart'))) return;
  await slowProgress('Restarting the kernel', (signal) => target.kernels.restart(target.id, signal));
}

export async function shutDownKernel(host: Host, notebooks: NotebookSupport, word?: unknown): Promise<void> {
  const target = await targetKernel(host, notebooks, word, 'Shut down which kernel?');
  if (!target || !(await agreed(`Shut down the kernel of ${target.label}?`, 'Shut Down'))) return;
  await slowProgress('Shutting down the kernel', (signal) => target.kernels.shutDown(target.id, signal));
}

async function agreed(message: string, yes: string): Promise<boolean> {
  const detail = 'Its variables are lost, and a cell that runs ends.';
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, yes)) === yes;
}

/** The kernel whose row was clicked, else that of the notebook in front, else the one that a person picks. */
async function targetKernel(
  host: Host,
  notebooks: NotebookSupport,
  word: unknown,
  question: string,
): Promise<Target | undefined> {
  const core = await host.core.get();
  const { item } = (word ?? {}) as { readonly item?: unknown };
  const clicked = typeof word === 'string' ? word : item;
  if (typeof clicked === 'string') {
    const kernels = core.notebooks.find(clicked);
    if (!kernels) throw new ProviderError('notFound', 'This kernel has ended.');
    return targetOf(kernels, clicked);
  }
  const session = notebooks.session();
  const id = await session?.kernelId();
  if (session && id !== undefined) return targetOf(core.notebooks.on(session.machine), id);
  const items = core.notebooks.all().map(({ kernels, kernel }) => ({
    label: kernel.notebook === '' ? kernel.spec : kernel.notebook,
    description: `${kernels.server.machine.label} · ${kernel.state}`,
    target: targetOf(kernels, kernel.id),
  }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage('No kernel runs on an attached machine.');
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { placeHolder: question }))?.target;
}

function targetOf(kernels: Kernels, id: string): Target {
  const notebook = kernels.of(id)?.notebook ?? '';
  const { label } = kernels.server.machine;
  return { kernels, id, label: notebook === '' ? `a notebook on ${label}` : `${notebook} on ${label}` };
}
