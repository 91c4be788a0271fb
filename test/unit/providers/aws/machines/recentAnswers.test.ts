import { expect, it } from 'vitest';
import { RecentAnswers } from '../../../../../src/providers/aws/machines/recentAnswers';

it('an answer is asked for once in five minutes, after a failure at once, and when it was forgotten', async () => {
  let now = 0;
  let asked = 0;
  const answers = new RecentAnswers<number>(() => now);
  const ask = () => Promise.resolve((asked += 1));
  expect(await Promise.all([answers.get('a', ask), answers.get('a', ask)])).toEqual([1, 1]);
  now = 299_999;
  expect(await answers.get('a', ask)).toBe(1);
  now = 300_000;
  expect(await answers.get('a', ask)).toBe(2);
  answers.forget('a');
  expect(await answers.get('a', ask)).toBe(3);
  await expect(answers.get('b', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await answers.get('b', ask)).toBe(4);
});
