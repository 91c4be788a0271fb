import { describe, expect, it } from 'vitest';
import { Submissions } from '../../../src/ui/submissions';

const row = { name: 'digits', connection: 'local' };

describe('a submit under way', () => {
  it('is a row with what it does now, and is gone when it is done', async () => {
    const submissions = new Submissions();
    const seen: string[][] = [];
    submissions.onDidChange(() => seen.push(submissions.list().map(({ message }) => message)));
    const result = await submissions.run(row, (_signal, report) => {
      report('copying 12 files');
      return Promise.resolve('digits-abcdef');
    });
    expect(result).toBe('digits-abcdef');
    expect(seen).toEqual([['submitting'], ['copying 12 files'], []]);
  });

  it('can be stopped, which aborts its signal and no other', async () => {
    const submissions = new Submissions();
    const untilStopped = () =>
      submissions.run(row, (signal) => {
        const { promise, reject } = Promise.withResolvers<never>();
        signal.addEventListener('abort', () => {
          reject(new Error('stopped'));
        });
        return promise;
      });
    const first = untilStopped();
    const second = untilStopped();
    submissions.list()[0]?.stop();
    await expect(first).rejects.toThrow('stopped');
    expect(submissions.list()).toHaveLength(1);
    submissions.list()[0]?.stop();
    await expect(second).rejects.toThrow('stopped');
    expect(submissions.list()).toHaveLength(0);
  });
});
