import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { terminalPrompts } from '../../../src/cli/prompts';
import { CancelledError } from '../../../src/core/errors';
import { never } from '../../fakes/stateFolder';
import { until } from '../../fakes/until';

function terminal() {
  const input = new PassThrough();
  const err = new PassThrough({ encoding: 'utf8' });
  let shown = '';
  err.on('data', (text: string) => (shown += text));
  let interrupts = 0;
  const prompts = terminalPrompts({ in: input, err, interrupt: () => (interrupts += 1) });
  return { input, prompts, shown: () => shown, interrupts: () => interrupts };
}

const passphrase = { title: 'gpu-1', message: 'Passphrase of the key ~/.ssh/id:' };
const hostKey = { message: 'gpu-1 is new.', detail: 'SHA256:abc', yes: 'Connect' };

describe('a question on the terminal', () => {
  it('takes a secret unseen', async () => {
    const { input, prompts, shown } = terminal();
    const asked = prompts.secret(passphrase, never);
    await until('it asks', () => shown().includes('Passphrase of the key'));
    input.write('correct horse\r');
    expect(await asked).toBe('correct horse');
    expect(shown()).not.toContain('horse');
  });

  it('says first what was wrong with the last answer, and shows what is no secret', async () => {
    const { input, prompts, shown } = terminal();
    const asked = prompts.secret({ ...passphrase, problem: 'That was wrong.', visible: true }, never);
    await until('it asks', () => shown().includes('That was wrong.\nPassphrase'));
    input.write('ana\r');
    expect(await asked).toBe('ana');
    expect(shown()).toContain('ana');
  });

  it.each([
    ['yes', true],
    ['YES', true],
    ['y', false],
    ['no', false],
    ['', false],
  ])('of yes or no takes only a whole yes: "%s"', async (typed, agreed) => {
    const { input, prompts, shown } = terminal();
    const asked = prompts.confirm(hostKey, never);
    await until('it asks', () => shown().includes('Connect? [yes/no] '));
    input.write(`${typed}\r`);
    expect(await asked).toBe(agreed);
    expect(shown()).toContain('SHA256:abc');
  });

  it('waits for the one before it', async () => {
    const { input, prompts, shown } = terminal();
    const first = prompts.secret(passphrase, never);
    const second = prompts.confirm(hostKey, never);
    await until('the first asks', () => shown().includes('Passphrase'));
    expect(shown()).not.toContain('gpu-1 is new');
    input.write('one\r');
    await until('the second asks', () => shown().includes('[yes/no]'));
    input.write('yes\r');
    expect([await first, await second]).toEqual(['one', true]);
  });

  it('ends with Ctrl+C, which interrupts the program', async () => {
    const { input, prompts, shown, interrupts } = terminal();
    const asked = prompts.secret(passphrase, never);
    await until('it asks', () => shown().includes('Passphrase'));
    input.write('\x03');
    await expect(asked).rejects.toBeInstanceOf(CancelledError);
    expect(interrupts()).toBe(1);
  });

  it('is declined where the input ends', async () => {
    const { input, prompts, shown } = terminal();
    const asked = prompts.secret(passphrase, never);
    await until('it asks', () => shown().includes('Passphrase'));
    input.end();
    expect(await asked).toBeUndefined();
  });

  it('never lets a server move the cursor', async () => {
    const { input, prompts, shown } = terminal();
    const asked = prompts.confirm({ ...hostKey, message: 'gpu\x1b[2J\u202e-1' }, never);
    await until('it asks', () => shown().includes('[yes/no]'));
    expect(shown()).toContain('gpu [2J -1');
    input.write('no\r');
    await asked;
  });
});

describe('a choice on the terminal', () => {
  const roles = {
    title: 'Role',
    message: 'Which role?',
    choices: [
      { value: 'one', label: 'train', detail: 'For training' },
      { value: 'two', label: 'other\u001b[2J' },
    ],
  };

  it.each([
    ['2', 'two'],
    [' 1 ', 'one'],
    ['3', undefined],
    ['0', undefined],
    ['train', undefined],
    ['', undefined],
  ])('is a number of the list: "%s"', async (typed, wanted) => {
    const { input, prompts, shown } = terminal();
    const asked = prompts.choose(roles, never);
    await until('it asks', () => shown().includes('Which one? [1-2] '));
    input.write(`${typed}\r`);
    expect(await asked).toBe(wanted);
    expect(shown()).toContain('1) train  For training\n2) other [2J\n');
  });
});
