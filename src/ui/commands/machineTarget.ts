import * as vscode from 'vscode';
import type { Machine } from '../../core/machine';
import type { MachineEntry } from '../../services/machines/machines';
import type { Host } from '../host';
import { machineDescription, machineIcon } from '../trees/machineRow';
import { pricePart } from '../trees/machineRows/pricePart';
import { oneLine } from '../trees/markdown';

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
  wanted: WantedMachine,
): Promise<Machine | undefined> {
  return (await targetEntry(host, word, wanted))?.machine;
}

/** The same with what its platform says of it. */
export async function targetEntry(
  host: Host,
  word: unknown,
  { question, can = () => true, none }: WantedMachine,
): Promise<MachineEntry | undefined> {
  const { machines } = await host.core.get();
  const id = machineId(word);
  if (id !== undefined) return machines.entry(id);
  const entries = (await machines.list(new AbortController().signal)).filter(can);
  if (entries.length === 0) {
    void vscode.window.showInformationMessage(none);
    return undefined;
  }
  const items = [...entries].sort(byAttached).map((entry) => ({
    label: `$(${machineIcon(entry).id}) ${oneLine(entry.instance.label, 80)}`,
    description: oneLine(machineDescription(entry, [pricePart])),
    detail: entry.instance.id,
    entry,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: question,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.entry;
}

/** The machines that somebody works on first; the others stay in their order. */
function byAttached(a: MachineEntry, b: MachineEntry): number {
  const rank = ({ machine }: MachineEntry) => (machine.status.state === 'detached' ? 1 : 0);
  return rank(a) - rank(b);
}

/** Of all machines whose rows are selected, where the clicked one is among them. */
export async function targetEntries(
  host: Host,
  words: readonly unknown[],
  wanted: WantedMachine,
): Promise<readonly MachineEntry[]> {
  const [first, selected] = words;
  const many = Array.isArray(selected) && selected.includes(first);
  const ids = new Set((many ? (selected as unknown[]) : []).map(machineId).filter((id) => id !== undefined));
  if (ids.size < 2) {
    const one = await targetEntry(host, first, wanted);
    return one ? [one] : [];
  }
  const { machines } = await host.core.get();
  const entries = await Promise.all([...ids].map((id) => machines.entry(id)));
  return entries.filter(wanted.can ?? (() => true));
}

function machineId(word: unknown): string | undefined {
  if (typeof word === 'string') return word;
  const machine = (word as { readonly machine?: unknown } | undefined)?.machine;
  return typeof machine === 'string' ? machine : undefined;
}
