import * as vscode from 'vscode';
import { ProviderError } from '../../core/errors';
import type { PowerOff } from '../../core/instance';
import type { Machine } from '../../core/machine';
import type { StopProspect } from '../../core/watchdog/stopProspect';
import { stopVerdict } from '../../core/watchdog/stopVerdict';
import { idleMinutesProblem, maxLifetimeProblem } from '../../core/watchdog/watchdogOptions';
import { durationText } from '../../core/words';
import { poweredOff } from '../../services/machines/machinePower';
import type { Host } from '../host';
import { slowProgress } from '../slowProgress';
import { armText } from './watchdogTexts';

/** Looks, asks for the limits and the stop, confirms once, and arms. */
export async function armWatchdog(host: Host, machine: Machine): Promise<void> {
  const { watchdogs, machines, setting } = await host.core.get();
  const { label } = machine;
  const [found, told] = await slowProgress(`Looking how ${label} can be stopped…`, (signal) =>
    Promise.all([watchdogs.probe(machine, signal), poweredOff({ machines }, machine.id, host.log, signal)]),
  );
  const stop = await askStop(label, found, told);
  if (stop === undefined) return;
  const own = stop === 'system' ? undefined : stop.own;
  const verdict = stopVerdict(
    found,
    own === undefined
      ? undefined
      : await slowProgress(`Looking for the stop command on ${label}…`, (signal) =>
          watchdogs.lookAtOwnStop(machine, own, signal),
        ),
    told,
  );
  if (!verdict.possible) throw new ProviderError('invalid', verdict.reason);
  const idleMinutes = await askLimit(idleLimit, setting('trainyard.watchdog.idleMinutes'));
  if (idleMinutes === undefined) return;
  const maxLifetimeHours = await askLimit(lifeLimit, setting('trainyard.watchdog.maxLifetimeHours'));
  if (maxLifetimeHours === undefined) return;
  const options = { idleMinutes, maxLifetimeHours, ...(own !== undefined && { stopCommand: own }) };
  const { message, detail } = armText({ label, found, options, verdict });
  if ((await vscode.window.showWarningMessage(message, { modal: true, detail }, 'Arm')) !== 'Arm') return;
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: `Arming the watchdog of ${label}…` },
    // Not to be cancelled: it takes a second, and half of it would be worse.
    () => watchdogs.arm(machine, options, new AbortController().signal),
  );
}

/** `undefined`: they thought better of it. */
async function askStop(
  label: string,
  found: StopProspect,
  told: PowerOff | undefined,
): Promise<'system' | { own: string } | undefined> {
  const verdict = stopVerdict(found, undefined, told);
  if (!verdict.possible) {
    const ways = verdict.ownHelps ? ['Enter Stop Command…'] : [];
    const chosen = await vscode.window.showWarningMessage(
      `The watchdog of ${label} can’t be armed as it is.`,
      { modal: true, detail: verdict.reason },
      ...ways,
    );
    return chosen === undefined ? undefined : askOwn(found);
  }
  const system = {
    label: `$(check) ${verdict.stop}`,
    description: 'proved',
    detail: verdict.proof,
    own: false,
  };
  const other = {
    label: '$(edit) My Own Stop Command…',
    description: '',
    detail: 'Such as one of your cloud. It is kept on the machine, where only you can read it.',
    own: true,
  };
  const picked = await vscode.window.showQuickPick([system, other], {
    title: `Arm Watchdog (1/3): ${label}`,
    placeHolder: 'What stops the machine?',
  });
  if (!picked) return undefined;
  return picked.own ? askOwn(found) : 'system';
}

async function askOwn(found: StopProspect): Promise<{ own: string } | undefined> {
  const own = await vscode.window.showInputBox({
    title: 'Stop Command',
    prompt:
      'Runs on the machine with sh, as you, with nobody there to answer. It should end the bill, not only the system.',
    placeHolder: 'az vm deallocate --no-wait --ids …',
    ...(found.suggestion !== undefined && { value: found.suggestion }),
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' ? 'Give a command.' : undefined),
  });
  return own === undefined ? undefined : { own: own.trim() };
}

interface Limit {
  readonly title: string;
  readonly placeHolder: string;
  readonly choices: readonly number[];
  readonly none: string;
  /** Milliseconds of one. */
  readonly unit: number;
  readonly unitName: string;
  problem(value: number): string | undefined;
}

const idleLimit: Limit = {
  title: 'Arm Watchdog (2/3)',
  placeHolder: 'Stop after how long without use?',
  choices: [15, 30, 60, 120, 240],
  none: 'Never for Being Idle',
  unit: 60_000,
  unitName: 'minutes',
  problem: idleMinutesProblem,
};
const lifeLimit: Limit = {
  title: 'Arm Watchdog (3/3)',
  placeHolder: 'Stop after how long in any case?',
  choices: [8, 12, 24, 72],
  none: 'No Longest Life',
  unit: 3_600_000,
  unitName: 'hours',
  problem: maxLifetimeProblem,
};

/** `null`: no such limit; `undefined`: they thought better of it. The default stands first. */
async function askLimit(limit: Limit, usual: number | null): Promise<number | null | undefined> {
  const values = [usual, ...[...limit.choices, null].filter((value) => value !== usual)];
  const items = values.map((value, index) => ({
    label: value === null ? limit.none : durationText(value * limit.unit),
    description: index === 0 ? 'default' : '',
    value,
  }));
  const other = { label: '$(edit) Other…', description: '', value: 'other' as const };
  const { title, placeHolder } = limit;
  const picked = await vscode.window.showQuickPick([...items, other], { title, placeHolder });
  if (picked?.value !== 'other') return picked?.value;
  const typed = await vscode.window.showInputBox({
    title,
    prompt: `${placeHolder} In ${limit.unitName}.`,
    validateInput: (text) => (text.trim() === '' ? 'Give a number.' : limit.problem(Number(text))),
  });
  return typed === undefined ? undefined : Number(typed);
}
