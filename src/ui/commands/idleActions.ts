import * as vscode from 'vscode';
import { ProviderError } from '../../core/errors';
import { idleShutdownProblem, type IdleProspect } from '../../core/idleShutdown';
import type { Instance } from '../../core/instance';
import { idleProspect, setIdleShutdown } from '../../services/machines/machineIdle';
import type { Host } from '../host';
import { idleText, minutesText } from '../machines/idleTexts';
import { slowProgress } from '../slowProgress';
import { noMachines } from './machineActions';
import { targetEntry } from './machineTarget';
import { shown } from './powerActions';

/** One way for all machines: by the platform where it can, else by the watchdog. */
export async function setIdleShutdownOf(host: Host, word?: unknown): Promise<void> {
  const question = 'Stop which machine when nobody uses it?';
  const target = await targetEntry(host, word, { question, none: noMachines });
  if (!target) return;
  const { instance } = target;
  if (instance.idle) await askIdleShutdown(host, instance);
  else await vscode.commands.executeCommand('trainyard.watchdog.arm', instance.id);
}

/** Asks after how long, says what that takes, asks once, and is done when the platform has it. Whether it was set. */
export async function askIdleShutdown(host: Host, { id, label }: Instance): Promise<boolean> {
  const core = await host.core.get();
  const prospect = await slowProgress(`Looking what stops ${label}…`, (signal) =>
    idleProspect(core, id, signal),
  );
  const { problem, offProblem, minutes: before } = prospect;
  if (problem !== undefined && (before === null || offProblem !== undefined))
    throw new ProviderError('conflict', problem);
  const minutes = await askMinutes(label, prospect);
  if (minutes === undefined) return false;
  const { message, detail } = idleText(label, minutes, prospect);
  const verb = minutes === null ? 'Turn Off' : 'Set';
  if ((await vscode.window.showWarningMessage(message, { modal: true, detail }, verb)) !== verb) return false;
  const after = await shown(`Setting the idle shutdown of ${label}`, (progress, signal) =>
    setIdleShutdown(core, id, minutes, progress, signal),
  );
  void vscode.window.showInformationMessage(`Idle shutdown of ${label}: ${after.words}.`);
  return true;
}

/** `null`: off; `undefined`: they thought better of it. */
async function askMinutes(label: string, prospect: IdleProspect): Promise<number | null | undefined> {
  const { minutes: now, least, most, problem, offProblem } = prospect;
  const usual = [30, 60, 120, 240, 480, 1440].filter((minutes) => minutes >= least && minutes <= most);
  const values = [...new Set([...usual, ...(now === null ? [] : [now])])].sort((a, b) => a - b);
  const items = [
    ...(problem === undefined ? values : []).map((value) => ({
      label: minutesText(value),
      description: value === now ? 'now' : '',
      value,
    })),
    ...(problem === undefined ? [{ label: '$(edit) Other…', description: '', value: 'other' as const }] : []),
    ...(now === null || offProblem !== undefined
      ? []
      : [{ label: '$(circle-slash) Off', description: 'nothing set at the machine itself', value: null }]),
  ];
  const title = `Set Idle Shutdown: ${label}`;
  const placeHolder = problem ?? `Stop after how long without use? Now: ${prospect.words}`;
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder });
  if (picked?.value !== 'other') return picked?.value;
  const typed = await vscode.window.showInputBox({
    title,
    prompt: `Stop after how many minutes without use? From ${least} to ${most}.`,
    validateInput: (text) => idleShutdownProblem(text.trim() === '' ? NaN : Number(text), prospect),
  });
  return typed === undefined ? undefined : Number(typed);
}
