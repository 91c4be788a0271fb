import * as vscode from 'vscode';
import type { Machine } from '../../core/machine';
import type { MachineEntry } from '../../services/machines/machines';
import type { Host } from '../host';

export interface WantedMachine {
  /** Asked where no machine was given, such as `Attach to which machine?` */
  readonly question: string;
  readonly can?: (entry: MachineEntry) => boolean;
  /** Said where no machine can. */
  readonly none: string;
}

/**
 * The machine that a command is about: the one whose row was clicked (every row of the Machines view has the machine's id
 * as `machine`), the one named by its id, else the one that a person picks. `undefined` when they pick none.
 */
export async function targetMachine(
  host: Host,
  word: unknown,
  { question, can = () => true, none }: WantedMachine,
): Promise<Machine | undefined> {
  const { machines } = await host.core.get();
  const id = machineId(word);
  if (id !== undefined) return machines.get(id);
  const entries = (await machines.list(new AbortController().signal)).filter(can);
  if (entries.length === 0) {
    void vscode.window.showInformationMessage(none);
    return undefined;
  }
  const items = entries.map(({ instance, machine }) => ({
    label: instance.label,
    detail: instance.id,
    machine,
  }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: question, matchOnDetail: true });
  return picked?.machine;
}

function machineId(word: unknown): string | undefined {
  if (typeof word === 'string') return word;
  const machine = (word as { readonly machine?: unknown } | undefined)?.machine;
  return typeof machine === 'string' ? machine : undefined;
}
