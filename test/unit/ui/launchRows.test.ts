import { expect, it } from 'vitest';
import { settingRows } from '../../../src/ui/machines/launchRows';

const questions = [
  {
    setting: 'disk',
    question: 'With how large a disk?',
    choices: [
      { value: '100', label: '100 GB', description: '$8.00 a month' },
      { value: '200', label: '200 GB' },
    ],
  },
  { setting: 'firewall', question: 'Behind which firewall?', choices: [] },
] as const;

it('a new machine’s settings are a line each with what was chosen; without a choice there is none', () => {
  expect(settingRows(questions, { disk: '100' })).toEqual([
    { label: 'Disk: 100 GB', description: '$8.00 a month', question: questions[0] },
  ]);
  expect(settingRows(questions, { disk: '200' })[0]?.label).toBe('Disk: 200 GB');
});
