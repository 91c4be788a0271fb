import * as vscode from 'vscode';
import type { Machine } from '../../core/machine';
import { durationText } from '../../core/words';
import type { Host } from '../host';
import { attachTo } from '../machines/attachTo';
import { slowProgress } from '../slowProgress';
import { armWatchdog } from '../watchdog/armWatchdog';
import { openJournal } from '../watchdog/watchdogJournal';
import { clockText } from '../watchdog/watchdogTexts';
import { askIdleShutdown } from './idleActions';
import { noMachines } from './machineActions';
import { targetEntry, targetMachine } from './machineTarget';

export async function armOnMachine(host: Host, word?: unknown): Promise<void> {
  const question = 'Arm the watchdog of which machine?';
  const target = await targetEntry(host, word, { question, none: noMachines });
  if (!target) return;
  const { instance, machine } = target;
  // Nobody gets in to put a watchdog there.
  if (instance.idle && instance.attachable === false) await askIdleShutdown(host, instance);
  else if (await attachTo(host, machine)) await armWatchdog(host, machine);
}

export async function disarmWatchdog(host: Host, word?: unknown): Promise<void> {
  const machine = await attached(host, word, 'Disarm the watchdog of which machine?');
  if (!machine) return;
  const detail = 'Every trace of it is removed from the machine. Nothing stops the machine by itself then.';
  const message = `Disarm the watchdog of ${machine.label}?`;
  if ((await vscode.window.showWarningMessage(message, { modal: true, detail }, 'Disarm')) !== 'Disarm')
    return;
  const { watchdogs } = await host.core.get();
  await slowProgress(`Disarming the watchdog of ${machine.label}…`, (signal) =>
    watchdogs.disarm(machine, signal),
  );
}

/** Half an hour to a day, or an end of that. */
export async function holdMachine(host: Host, word?: unknown): Promise<void> {
  const machine = await attached(host, word, 'Keep which machine running?');
  if (!machine) return;
  const { watchdogs } = await host.core.get();
  const held = watchdogs.of(machine.id)?.holdUntil !== undefined;
  const items = [
    ...[1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 24 * 3600].map((seconds) => ({
      label: durationText(seconds * 1000),
      description: `until ${clockText(Date.now() + seconds * 1000, Date.now())}`,
      seconds,
    })),
    ...(held ? [{ label: 'No Longer', description: 'the limits decide again', seconds: 0 }] : []),
  ];
  const placeHolder = `Keep ${machine.label} running for how long, used or not?`;
  const picked = await vscode.window.showQuickPick(items, { placeHolder });
  if (!picked) return;
  await slowProgress(`Telling ${machine.label}…`, (signal) =>
    watchdogs.hold(machine, picked.seconds, signal),
  );
}

export async function showWatchdogLog(host: Host, word?: unknown): Promise<void> {
  const machine = await attached(host, word, 'Show what the watchdog of which machine decided?');
  if (machine) await openJournal(machine);
}

async function attached(host: Host, word: unknown, question: string): Promise<Machine | undefined> {
  const machine = await targetMachine(host, word, { question, none: noMachines });
  return machine && (await attachTo(host, machine)) ? machine : undefined;
}
