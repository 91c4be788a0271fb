import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSettings } from '../../../src/cli/settings';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'trainyard-settings-'));
});
afterEach(() => rm(home, { recursive: true }));
const write = (text: string) => writeFile(join(home, 'settings.json'), text);

test('without a file every setting has its default', async () => {
  expect((await readSettings(home))('trainyard.local.hourlyUsd')).toBe(0);
});

test('a given setting wins over its default, and a limit may be null', async () => {
  await write('{"trainyard.local.hourlyUsd": 1.5, "trainyard.guardrails.maxHourlyUsd": null}');
  const setting = await readSettings(home);
  expect(setting('trainyard.local.hourlyUsd')).toBe(1.5);
  expect(setting('trainyard.guardrails.maxHourlyUsd')).toBeNull();
  expect(setting('trainyard.local.graceSeconds')).toBe(30);
});

test.each([
  ['{"trainyard.guardrails.maxHourlyUsd": "5"}', 'must be a number'],
  ['{"trainyard.guardrails.maxHourlyUsdd": 5}', 'there is no setting "trainyard.guardrails.maxHourlyUsdd"'],
  ['{"__proto__": 5}', 'there is no setting'],
  ['[1]', 'not a JSON object'],
  ['{"a', 'not a JSON object'],
])('a limit that can not be read stops the command: %s', async (text, message) => {
  await write(text);
  await expect(readSettings(home)).rejects.toThrow(message);
});
