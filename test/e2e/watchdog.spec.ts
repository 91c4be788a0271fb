import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { leaveEvidence } from './harness/evidence';
import { MachineEditor } from './harness/machines';
import { click, press } from './harness/rows';

/** One machine and one editor: each test begins where the one before it left off, as a person would. */
let gpu: SshdServer;
let machines: MachineEditor;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  gpu = await SshdServer.start({ address: '127.0.0.5' });
  machines = await MachineEditor.start(gpu.configText('gpu-1'));
});

test.afterAll(async () => {
  await machines.stop();
  await gpu.stop();
});

test.afterEach(async ({}, info) => {
  await leaveEvidence(machines.editor, info);
});

test('a machine without a watchdog says so, and a click on that arms one in three steps', async () => {
  const { editor } = machines;
  await press(machines.row('gpu-1'), 'Attach to Machine…', machines.row('Watchdog'));
  await expect(machines.row('Watchdog')).toContainText('none: never stops by itself');
  // In a container nothing of the system's own can stop the machine; elsewhere one's own command is a choice.
  const own = editor.dialog().getByRole('button', { name: 'Enter Stop Command…' });
  const other = editor.page.locator('.quick-input-list .monaco-list-row', {
    hasText: 'My Own Stop Command…',
  });
  await click(machines.row('Watchdog'), own.or(other));
  await own.or(other).click();
  await editor.page.locator('.quick-input-widget input').fill('date >>"$HOME/stopped"');
  await editor.page.keyboard.press('Enter');
  await editor.choose('30 m');
  await editor.choose('1 d');
  await expect(editor.dialog()).toContainText('Let gpu-1 be stopped when nobody uses it?');
  await expect(editor.dialog()).toContainText('It is your own command.');
  await editor.page.screenshot({ path: test.info().outputPath('confirm.png') });
  await editor.dialog().getByRole('button', { name: 'Arm' }).click();
  await expect(machines.row('Watchdog')).not.toContainText('none');
  expect(readFileSync(join(gpu.home, '.trainyard/watchdog/stop'), 'utf8')).toBe('date >>"$HOME/stopped"\n');
});

test('it says what keeps the machine, or when it stops', async () => {
  await expect(machines.row('Watchdog')).toContainText(/kept by|idle for/);
});

test('the machine is kept for as long as one asks', async () => {
  const { editor } = machines;
  await editor.run('Trainyard: Keep Machine Running…');
  await editor.choose('gpu-1');
  await editor.choose('30 m');
  await expect(machines.row('Watchdog')).toContainText('held until');
});

test('a warning before the stop comes as a notification, which offers half an hour more', async () => {
  const { editor } = machines;
  // Less than ten minutes of its longest life are left.
  const uptime = Math.floor(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]));
  const config = join(gpu.home, '.trainyard/watchdog/config');
  appendFileSync(config, `INTERVAL=1\nMAX_SECONDS=1290\nARMED_UPTIME=${uptime - 700}\n`);
  await editor.run('Trainyard: Keep Machine Running…');
  await editor.choose('gpu-1');
  await editor.choose('No Longer');
  await expect(editor.notification()).toContainText(/gpu-1 stops in .*its longest life/, { timeout: 90_000 });
  await editor.page.screenshot({ path: test.info().outputPath('warning.png') });
  await editor.notification().getByRole('button', { name: 'Keep 30 Minutes' }).click();
  await expect(machines.row('Watchdog')).toContainText('held until');
  expect(existsSync(join(gpu.home, 'stopped'))).toBe(false);
});

test('what it decided can be read', async () => {
  const { editor } = machines;
  const journal = editor.page.locator('.editor-instance', { hasText: 'armed: idle limit 1800 s' });
  await click(machines.row('Watchdog'), journal);
  await expect(editor.page.locator('.editor-instance')).toContainText('held for 1800 s');
});

test('disarmed, it leaves nothing behind', async () => {
  const { editor } = machines;
  await editor.run('Trainyard: Disarm Watchdog');
  await editor.choose('gpu-1');
  await editor.dialog().getByRole('button', { name: 'Disarm' }).click();
  await expect(machines.row('Watchdog')).toContainText('none');
  expect(existsSync(join(gpu.home, '.trainyard/watchdog'))).toBe(false);
});
