import type { LaunchQuestion, LaunchSetting, LaunchSettings } from '../../core/instance';

const names: Readonly<Record<LaunchSetting, string>> = {
  type: 'Type',
  market: 'Price',
  image: 'Image',
  disk: 'Disk',
  key: 'Key',
  network: 'Network',
  firewall: 'Firewall',
};

export interface SettingRow {
  readonly label: string;
  readonly description: string;
  readonly question: LaunchQuestion;
}

/** A line for each question with its answer. */
export function settingRows(
  questions: readonly LaunchQuestion[],
  settings: LaunchSettings,
): readonly SettingRow[] {
  return questions.flatMap((question) => {
    const choice = question.choices.find(({ value }) => value === settings[question.setting]);
    if (!choice) return [];
    const { label, description } = choice;
    return [{ label: `${names[question.setting]}: ${label}`, description: description ?? '', question }];
  });
}
