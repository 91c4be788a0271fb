import * as vscode from 'vscode';
import { ProviderError } from '../../core/errors';
import type { InstanceLaunching, LaunchQuestion, LaunchSettings, LaunchSource } from '../../core/instance';
import { settledSettings } from '../../core/launchSettings';
import { settingRows } from '../machines/launchRows';
import { slowProgress } from '../slowProgress';

export interface ChosenSource {
  readonly source: LaunchSource;
  /** What the machine could be called. */
  readonly name: string;
}

/** Asks what a new machine is made from: by type, with everything else as it usually is and open to change, or from a template. */
export async function askSource(
  title: string,
  launching: InstanceLaunching,
): Promise<ChosenSource | undefined> {
  const templates = await slowProgress('Looking for launch templates…', (signal) =>
    launching.templates(signal),
  );
  const questions = launching.questions?.bind(launching);
  if (templates.length === 0) {
    if (questions) return askSettings(title, questions);
    throw new ProviderError(
      'notFound',
      'There is no template to launch from. Make one in the platform’s console, and try again.',
    );
  }
  const items = [
    ...templates.map(({ id, label, detail }) => ({ label, description: detail, id })),
    ...(questions
      ? [{ label: 'By Type…', description: 'with an image, a disk, a key and a network to choose from' }]
      : []),
  ];
  const placeHolder = questions ? 'From which template, or by type?' : 'From which template?';
  const item = await vscode.window.showQuickPick<{ label: string; description: string; id?: string }>(items, {
    title,
    placeHolder,
  });
  if (item?.id !== undefined) return { source: { template: item.id }, name: item.label };
  return item && questions && askSettings(title, questions);
}

/** One question, and then all answers at once: Enter takes them, and each can be changed. */
async function askSettings(
  title: string,
  ask: NonNullable<InstanceLaunching['questions']>,
): Promise<ChosenSource | undefined> {
  const look = (chosen: LaunchSettings) =>
    slowProgress('Looking what there is…', (signal) => ask(chosen, signal));
  const [first] = await look({});
  let chosen = first && (await askOne(title, first, {}));
  while (chosen) {
    const questions = await look(chosen);
    const settings = settledSettings(questions, chosen);
    const rows = settingRows(questions, settings);
    const go = { label: '$(check) Go On with These', question: undefined };
    const picked = await vscode.window.showQuickPick<{ label: string; question: LaunchQuestion | undefined }>(
      [go, ...rows],
      { title, placeHolder: 'Enter goes on; choose a line to change it' },
    );
    if (!picked) return undefined;
    if (!picked.question) return { source: { settings }, name: settings.type ?? 'machine' };
    // Esc at one of them goes back to all.
    chosen = (await askOne(title, picked.question, settings)) ?? settings;
  }
  return undefined;
}

async function askOne(
  title: string,
  { setting, question, choices }: LaunchQuestion,
  chosen: LaunchSettings,
): Promise<LaunchSettings | undefined> {
  const options = { title, placeHolder: question, matchOnDescription: true, matchOnDetail: true };
  const choice = await vscode.window.showQuickPick([...choices], options);
  return choice && { ...chosen, [setting]: choice.value };
}
