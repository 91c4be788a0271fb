import { describe, expect, it } from 'vitest';
import { ProviderError, SignInError } from '../../../src/core/errors';
import { troubleRow } from '../../../src/ui/trees/trouble';
import { unheardOf } from '../../../src/ui/trees/unheard';
import { aJob } from '../../fakes/trainingJob';

describe('jobs that nobody hears of now', () => {
  const jobs = ['a', 'b', 'c'].map((id) => aJob({ id, connection: id === 'c' ? 'ssh/gpu-1' : 'cloud' }));

  it('are one row for each connection, which signs in where that mends it', () => {
    const expired = new SignInError('cloud', 'Your sign-in has expired.');
    const [row, ...others] = unheardOf(jobs, (id) => (id === 'c' ? undefined : expired)).map(troubleRow);
    expect(row).toMatchObject({
      label: 'Sign In to cloud…',
      description: 'Your sign-in has expired.',
      command: { command: 'trainyard.connection.signIn', arguments: ['cloud'] },
    });
    expect(others).toEqual([]);
  });

  it('are asked for again by a click on it, where nothing else is known that would help', () => {
    const cut = new ProviderError('network', 'There is no way to it.');
    const [row] = unheardOf(jobs, (id) => (id === 'c' ? cut : undefined)).map(troubleRow);
    expect(row).toMatchObject({
      label: 'ssh/gpu-1 can’t be asked now',
      command: { command: 'trainyard.refresh' },
    });
  });

  it('are none while all is heard', () => {
    expect(unheardOf(jobs, () => undefined)).toEqual([]);
  });
});
