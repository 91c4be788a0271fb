import * as vscode from 'vscode';
import { approve } from '../../core/costGuard';
import { ProviderError } from '../../core/errors';
import type { Offer } from '../../core/provider';
import * as power from '../../services/machines/machinePower';
import { signalOf } from '../cancellation';
import type { Host } from '../host';
import { startText, stopText } from '../machines/powerTexts';
import { slowProgress } from '../slowProgress';
import { machineAbilities } from '../trees/machineAbilities';
import { targetEntry } from './machineTarget';

/** Says what it costs, asks once, and shows how it goes until the platform says that it runs. */
export async function startMachine(host: Host, word?: unknown): Promise<void> {
  const wanted = { question: 'Start which machine?', can: machineAbilities.startable, none: noneToStart };
  const target = await targetEntry(host, word, wanted);
  if (!target) return;
  const core = await host.core.get();
  const { id, label } = target.instance;
  const offer = await slowProgress(`Looking what ${label} costs…`, (signal) =>
    power.startOffer(core, id, signal),
  );
  const limit = core.setting('trainyard.guardrails.maxHourlyUsd');
  const policy = limit === null ? {} : { maxHourlyUsd: limit };
  const answer = await approve(policy, { instance: id }, offer, () => agreed(host, id, offer));
  if (answer === undefined) return;
  if ('kind' in answer) throw new ProviderError('invalid', `A guardrail refuses this. ${answer.why}`);
  await shown(`Starting ${label}`, (progress, signal) => power.startMachine(core, answer, progress, signal));
}

/** Asks whether to start it. Where nothing would stop it by itself, that can be set first, and then the question comes again. */
async function agreed(host: Host, id: string, offer: Offer): Promise<boolean> {
  const { instance } = await (await host.core.get()).machines.entry(id);
  const { message, detail } = startText(instance, offer);
  const first = instance.idle?.stops === false ? ['Set Idle Shutdown…'] : [];
  const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, 'Start', ...first);
  if (answer === undefined || answer === 'Start') return answer === 'Start';
  await (await import('./idleActions')).askIdleShutdown(host, instance);
  return agreed(host, id, offer);
}

/** Says what ends with it, asks once, and shows how it goes until the platform says that it is stopped. */
export async function stopMachine(host: Host, word?: unknown): Promise<void> {
  const wanted = { question: 'Stop which machine?', can: machineAbilities.haltable, none: noneToStop };
  const target = await targetEntry(host, word, wanted);
  if (!target) return;
  const core = await host.core.get();
  const { id, label } = target.instance;
  const jobs = power.jobsOn(core, id).map(({ name }) => name);
  const { message, detail } = stopText(target.instance, jobs);
  if ((await vscode.window.showWarningMessage(message, { modal: true, detail }, 'Stop')) !== 'Stop') return;
  await shown(`Stopping ${label}`, (progress, signal) => power.stopMachine(core, id, progress, signal));
}

/** In a browser. The address lets whoever has it in, so it is shown nowhere. */
export async function openMachinePage(host: Host, word?: unknown): Promise<void> {
  const wanted = { question: 'Open the page of which machine?', can: machineAbilities.paged, none: noPages };
  const target = await targetEntry(host, word, wanted);
  if (!target) return;
  const { id, label } = target.instance;
  const platform = await (await host.core.get()).machines.platform(id);
  const url = await slowProgress(`Opening ${label}…`, async (signal) => platform.page?.(id, signal));
  if (url === undefined) throw new ProviderError('invalid', `It has no page of its own: ${label}`);
  await vscode.env.openExternal(vscode.Uri.parse(url, true));
}

const noneToStart = 'There is no stopped machine that can be started here.';
const noneToStop = 'There is no running machine that can be stopped here.';
const noPages = 'No machine that runs has a page of its own.';

/** Who cancels no longer waits; what the platform was asked for goes on. */
export function shown<T>(
  title: string,
  work: (progress: (message: string) => void, signal: AbortSignal) => Promise<T>,
): Thenable<T> {
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress({ location, title, cancellable: true }, (progress, token) =>
    work((message) => {
      progress.report({ message });
    }, signalOf(token)),
  );
}
