import * as vscode from 'vscode';
import { ProviderError } from '../../core/errors';
import { signalOf } from '../cancellation';
import type { Host } from '../host';
import { attachTo } from '../machines/attachTo';
import { openTerminal } from '../machines/machineTerminal';
import { runCommand } from '../runCommand';
import { machineAbilities } from '../trees/machineAbilities';
import { targetEntries, targetEntry, type WantedMachine } from './machineTarget';

const any = (question: string): WantedMachine => ({ question, none: noMachines });

export const noMachines = 'There are no machines yet. Add one with Add Connection….';

/** All at once: one that asks or fails keeps no other waiting. */
export async function attachMachines(host: Host, ...words: unknown[]): Promise<void> {
  const targets = await targetEntries(host, words, {
    question: 'Attach to which machine?',
    can: machineAbilities.attachable,
    none: 'There is no machine to attach to.',
  });
  const attaching = targets.map(({ machine }) => runCommand(host.log, () => attachTo(host, machine)));
  await Promise.all(attaching);
}

export async function detachMachines(host: Host, ...words: unknown[]): Promise<void> {
  const targets = await targetEntries(host, words, {
    question: 'Detach from which machine?',
    can: machineAbilities.detachable,
    none: 'No machine is attached.',
  });
  const { attached } = await host.core.get();
  for (const { machine } of targets) await attached.detach(machine);
}

/** Asks first; the machine itself is left alone. */
export async function removeMachine(host: Host, word?: unknown): Promise<void> {
  const wanted = {
    question: 'Remove which machine from the list?',
    can: machineAbilities.removable,
    none: 'No machine was added by hand. Others are listed where their configuration is written.',
  };
  const target = await targetEntry(host, word, wanted);
  if (!target) return;
  const { instance, machine } = target;
  if (!instance.removable) {
    const where = instance.source === undefined ? '' : `: ${instance.source}`;
    throw new ProviderError(
      'invalid',
      `${instance.label} was not added here. Take it out of its file${where}`,
    );
  }
  const detail = 'It goes out of Trainyard’s list. What runs on the machine goes on.';
  const question = `Remove ${instance.label}?`;
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, 'Remove')) !== 'Remove')
    return;
  const { machines, attached } = await host.core.get();
  await attached.detach(machine);
  await vscode.window.withProgress({ location: { viewId: 'trainyard.machines' } }, (_, token) =>
    machines.remove(instance.id, signalOf(token)),
  );
}

export async function openMachineTerminal(host: Host, word?: unknown): Promise<void> {
  const target = await targetEntry(host, word, any('Open a terminal on which machine?'));
  if (target && (await attachTo(host, target.machine))) openTerminal(target.machine);
}

const remoteSsh = 'ms-vscode-remote.remote-ssh';

/** With the editor's own remote extension, or the offer to install it. */
export async function openRemoteWindow(host: Host, word?: unknown): Promise<void> {
  const wanted = {
    question: 'Open a window on which machine?',
    can: machineAbilities.openable,
    none: 'The editor can open a window on none of these machines.',
  };
  const target = await targetEntry(host, word, wanted);
  if (!target) return;
  const { label, remoteAuthority } = target.instance;
  if (remoteAuthority === undefined)
    throw new ProviderError(
      'invalid',
      `The editor does not know how to reach ${label}: it is not in your SSH config.`,
    );
  if (!vscode.extensions.getExtension(remoteSsh)) {
    const install = 'Show Extension';
    const message = `A window on ${label} needs the extension Remote - SSH. Install it, and try again.`;
    if ((await vscode.window.showInformationMessage(message, install)) === install)
      await vscode.commands.executeCommand('workbench.extensions.search', `@id:${remoteSsh}`);
    return;
  }
  await vscode.commands.executeCommand('vscode.newWindow', { remoteAuthority });
}

/** What another program would reach it by. */
export async function copyAddress(host: Host, word?: unknown): Promise<void> {
  const target = await targetEntry(host, word, any('Copy the address of which machine?'));
  if (!target) return;
  const { facts, label } = target.instance;
  const address = facts.find(([name]) => name === 'Address')?.[1] ?? label;
  await vscode.env.clipboard.writeText(address);
  vscode.window.setStatusBarMessage(`Copied ${address}`, 3000);
}

/** The view's own find box, which filters as one types. */
export async function filterMachines(): Promise<void> {
  await vscode.commands.executeCommand('trainyard.machines.focus');
  await vscode.commands.executeCommand('list.find');
}
