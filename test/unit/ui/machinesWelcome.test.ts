import { expect, test } from 'vitest';
import type { Connection } from '../../../src/core/provider';
import type { ConnectionEntry } from '../../../src/services/connections';
import { machinesWelcome } from '../../../src/ui/trees/machinesWelcome';

const entry = (instances?: object): ConnectionEntry => ({
  kind: 'connection',
  connection: { id: 'x', label: 'x', ...(instances && { instances }) } as Connection,
});

test('an empty list of machines is told from one for which somebody still waits', () => {
  expect(machinesWelcome(true, [entry({ launching: {} })])).toBe('looking');
});

test('whoever has no machine adds one, and launches one where an account is added already', () => {
  expect(machinesWelcome(false, [])).toBe('add');
  expect(machinesWelcome(false, [entry(), entry({})])).toBe('add');
  expect(machinesWelcome(false, [entry(), entry({ launching: {} })])).toBe('launch');
});
