import * as vscode from 'vscode';
import { approve } from '../../core/costGuard';
import { ProviderError } from '../../core/errors';
import type { InstanceLaunch, InstanceLaunching } from '../../core/instance';
import { durationText } from '../../core/words';
import type { Host } from '../host';
import { launchText } from '../machines/powerTexts';
import { slowProgress } from '../slowProgress';
import { askSource } from './launchSource';
import { shown } from './powerActions';

interface Place {
  readonly connection: string;
  readonly launching: InstanceLaunching;
}

/** Asks from what, by which name and for how long, says what it costs, and shows how it goes until it runs. */
export async function launchMachine(host: Host): Promise<void> {
  const core = await host.core.get();
  const place = await pickPlace(host);
  if (!place) return;
  const launch = await askLaunch(place);
  if (!launch) return;
  const offer = await slowProgress('Looking what it costs…', (signal) =>
    place.launching.offer(launch, signal),
  );
  if (!offer.possible) throw new ProviderError('invalid', offer.why);
  const limit = core.setting('trainyard.guardrails.maxHourlyUsd');
  const { message, detail } = launchText(launch, offer);
  const answer = await approve(limit === null ? {} : { maxHourlyUsd: limit }, launch, offer, async () => {
    return (await vscode.window.showWarningMessage(message, { modal: true, detail }, 'Launch')) === 'Launch';
  });
  if (answer === undefined) return;
  if ('kind' in answer) throw new ProviderError('invalid', `A guardrail refuses this. ${answer.why}`);
  const id = await shown(`Launching ${launch.name}`, (progress, signal) =>
    place.launching.launch(answer, progress, signal),
  );
  await core.machines.refresh();
  const arm = 'Arm Watchdog…';
  const done = `${launch.name} runs. Let its watchdog stop it when nobody uses it?`;
  if ((await vscode.window.showInformationMessage(done, arm)) === arm)
    await vscode.commands.executeCommand('trainyard.watchdog.arm', id);
}

async function pickPlace(host: Host): Promise<Place | undefined> {
  const entries = await (await host.core.get()).connections.all();
  const places = entries.flatMap((entry): Place[] => {
    if (entry.kind !== 'connection' || !entry.connection.instances?.launching) return [];
    return [{ connection: entry.connection.id, launching: entry.connection.instances.launching }];
  });
  if (places.length === 0)
    throw new ProviderError('notFound', 'No connection launches machines. Add one with Add Connection….');
  if (places.length === 1) return places[0];
  const items = places.map((place) => ({ label: place.connection, place }));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Launch a machine where?' }))?.place;
}

/** Nothing is made yet, so that Esc leaves nothing behind at any step. */
async function askLaunch({ connection, launching }: Place): Promise<InstanceLaunch | undefined> {
  const title = `Launch Machine: ${connection}`;
  const chosen = await askSource(title, launching);
  if (!chosen) return undefined;
  const name = await vscode.window.showInputBox({
    title,
    prompt: 'What is it called?',
    value: chosen.name,
    validateInput: (text) =>
      /^[\w .:/=+@-]{1,100}$/.test(text.trim()) ? undefined : 'Letters, digits, spaces and _ . : / = + - @.',
  });
  if (name === undefined) return undefined;
  const hours = [8, 24, 72, null].map((value) => ({
    label: value === null ? 'No Longest Life' : durationText(value * 3_600_000),
    value,
  }));
  const cap = await vscode.window.showQuickPick(hours, {
    title,
    placeHolder: 'Power it off after how long in any case?',
  });
  return cap && { source: chosen.source, name: name.trim(), maxHours: cap.value };
}
