import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { cli } from './harness/jobs';
import { lockedKey, MachineEditor } from './harness/machines';

/** The servers and the editor of all tests here: each begins where the one before it left off, as a person would. */
let folder = '';
let gpu: SshdServer;
let locked: SshdServer;
let stranger: SshdServer;
let machines: MachineEditor;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  test.setTimeout(180_000);
  folder = mkdtempSync(join(tmpdir(), 'trainyard-machines-'));
  [gpu, locked, stranger] = await Promise.all([
    SshdServer.start({ address: '127.0.0.2' }),
    SshdServer.start({ address: '127.0.0.3' }),
    SshdServer.start({ address: '127.0.0.4' }),
  ]);
  const key = lockedKey(locked, folder, 'correct horse');
  const known = join(folder, 'known_hosts');
  writeFileSync(known, '');
  const config = [
    gpu.configText('gpu-1'),
    locked.configText('locked').replace(locked.clientKeyPath, key),
    stranger.configText('stranger').replace(stranger.knownHostsPath, known),
  ].join('\n');
  machines = await MachineEditor.start(config, { 'trainyard.ssh.hourlyUsd': { 'gpu-1': 6.2 } });
});

test.afterAll(async () => {
  await machines.stop();
  await Promise.all([gpu.stop(), locked.stop(), stranger.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

test.afterEach(async ({}, info) => {
  if (info.status !== info.expectedStatus)
    await machines.editor.page.screenshot({ path: info.outputPath('screen.png') });
});

test('the hosts of the SSH configuration are listed, and a new one as soon as it is written', async () => {
  await expect(machines.row('gpu-1')).toContainText('$6.20/h');
  await expect(machines.row('locked')).toBeVisible();
  const text = readFileSync(machines.config, 'utf8');
  writeFileSync(machines.config, `${text}\nHost late\n  HostName 127.0.0.9\n`);
  await expect(machines.row('late')).toBeVisible();
  writeFileSync(machines.config, text);
  await expect(machines.row('late')).toHaveCount(0);
});

test('a machine is attached from its row, and says so', async () => {
  await machines.press(machines.row('gpu-1'), 'Attach to Machine…');
  await expect(machines.row('Files')).toBeVisible({ timeout: 30_000 });
});

test('a key with a passphrase is asked for once, unseen; a wrong one is asked again', async () => {
  await machines.press(machines.row('locked'), 'Attach to Machine…');
  await expect(machines.passphrase).toBeVisible();
  await machines.passphrase.fill('wrong horse');
  await machines.editor.page.keyboard.press('Enter');
  await expect(machines.passphrase).toHaveValue('');
  await machines.passphrase.fill('correct horse');
  await machines.editor.page.keyboard.press('Enter');
  await machines.attached('locked');
});

test('an unknown host key is asked about with its fingerprint, and a changed one stops hard', async () => {
  const { editor } = machines;
  await machines.press(machines.row('stranger'), 'Attach to Machine…');
  await expect(editor.dialog()).toContainText('SHA256:');
  await editor.page.keyboard.press('Escape');
  // Who has just said no is not told so.
  await expect(machines.row(/stranger.*not agreed to/)).toBeVisible();
  await expect(editor.notification()).toHaveCount(0);
  await machines.press(machines.row('stranger'), 'Attach to Machine…');
  await expect(editor.dialog()).toContainText('SHA256:');
  await editor.dialog().getByRole('button', { name: 'Trust This Key' }).click();
  await machines.attached('stranger');
  const known = join(folder, 'known_hosts');
  await expect.poll(() => readFileSync(known, 'utf8')).toContain('ssh-ed25519');
  await machines.press(machines.row('stranger'), 'Detach from Machine');

  writeFileSync(known, `[127.0.0.4]:${stranger.port} ${gpu.hostKey}\n`);
  await machines.press(machines.row('stranger'), 'Attach to Machine…');
  await expect(editor.notification('another key than the one that is known')).toBeVisible();
  await expect(editor.dialog()).toHaveCount(0);
  await editor.run('Notifications: Clear All Notifications');
  await expect(machines.row(/stranger.*another key/)).toBeVisible();
});

test('a file is opened, edited and saved on the machine', async () => {
  const { editor } = machines;
  const path = join(gpu.home, 'train.py');
  writeFileSync(path, 'print("before")\n');
  await machines.row('Files').click();
  await machines.row('train.py').click();
  await expect(editor.tab('train.py')).toBeVisible();
  await expect(editor.page.locator('.editor-instance .view-line').first()).toContainText('before');
  await editor.page.locator('.editor-instance .view-line').first().click();
  await editor.page.keyboard.press('ControlOrMeta+a');
  await editor.page.keyboard.type('print("after")');
  await editor.page.keyboard.press('ControlOrMeta+s');
  await expect.poll(() => readFileSync(path, 'utf8')).toBe('print("after")');
  await editor.run('View: Close All Editors');
});

test('a terminal echoes, takes Ctrl+C, and closes with its shell', async () => {
  test.skip(!SshdServer.canTerminal, 'only a server of root’s gives terminals');
  const { editor } = machines;
  await machines.press(machines.row('gpu-1'), 'Open Terminal on Machine');
  const screen = editor.page.locator('.terminal-wrapper.active .xterm');
  await expect(screen).toBeVisible();
  const mark = join(gpu.home, 'typed');
  await expect(async () => {
    await screen.click();
    await editor.page.keyboard.type(`echo "$((6*7)) $COLUMNS" > typed\n`);
    await expect.poll(() => existsSync(mark), { timeout: 5_000 }).toBe(true);
  }).toPass();
  expect(readFileSync(mark, 'utf8')).toMatch(/^42 \d+\n$/);
  // The shell itself takes a Ctrl+C that comes before the program runs.
  await editor.page.keyboard.type('(touch sleeping; exec sleep 600); echo over > over\n');
  await expect.poll(() => existsSync(join(gpu.home, 'sleeping'))).toBe(true);
  await editor.page.keyboard.press('Control+c');
  await editor.page.keyboard.type('echo next > next\n');
  await expect.poll(() => existsSync(join(gpu.home, 'next'))).toBe(true);
  expect(existsSync(join(gpu.home, 'over'))).toBe(false);
  await editor.page.keyboard.type('exit\n');
  await expect(editor.page.locator('.terminal-wrapper.active .xterm')).toHaveCount(0);
});

test('files go up and come back down', async () => {
  const { workspace } = machines;
  mkdirSync(join(workspace.folder, 'bundle/deep'), { recursive: true });
  writeFileSync(join(workspace.folder, 'bundle/deep/a.txt'), 'from here');
  await machines.press(machines.row('Files'), 'Upload to Machine…');
  await machines.pickFolder(join(workspace.folder, 'bundle'), 'deep', 'Upload');
  await expect.poll(() => existsSync(join(gpu.home, 'bundle/deep/a.txt'))).toBe(true);
  expect(readFileSync(join(gpu.home, 'bundle/deep/a.txt'), 'utf8')).toBe('from here');

  writeFileSync(join(gpu.home, 'bundle/result.txt'), 'from there');
  await machines.choose(machines.row('bundle'), 'Download from Machine…');
  const target = join(workspace.folder, 'down');
  mkdirSync(join(target, 'inner'), { recursive: true });
  await machines.pickFolder(target, 'inner', 'Download Here');
  await expect.poll(() => existsSync(join(target, 'bundle/result.txt'))).toBe(true);
  expect(readFileSync(join(target, 'bundle/result.txt'), 'utf8')).toBe('from there');
});

test('a forwarded port reaches a server of the machine, and stops', async () => {
  const { editor } = machines;
  const server = createServer((_, reply) => reply.end('hello from the machine'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    await machines.choose(machines.row('gpu-1'), 'Forward Port…');
    await editor.input.fill(String(port));
    await expect(editor.quickPick(String(port)).first()).toBeVisible();
    await editor.page.keyboard.press('Enter');
    const row = machines.row(/at 127\.0\.0\.1:\d+/);
    await expect(row).toBeVisible();
    const here = /127\.0\.0\.1:(\d+)/.exec(await row.innerText())?.[1] ?? '';
    expect(await (await fetch(`http://127.0.0.1:${here}/`)).text()).toBe('hello from the machine');
    await machines.press(row, 'Stop Forwarding Port');
    await expect(machines.row(/at 127\.0\.0\.1:\d+/)).toHaveCount(0);
    await expect(fetch(`http://127.0.0.1:${here}/`)).rejects.toThrow();
  } finally {
    server.close();
  }
});

test('a machine that goes away is reconnecting, and attached once it is back', async () => {
  await gpu.kill();
  await expect(machines.row(/gpu-1.*reconnecting/)).toBeVisible({ timeout: 30_000 });
  await gpu.restart();
  await expect(machines.row(/gpu-1.*reconnecting/)).toHaveCount(0, { timeout: 60_000 });
  await machines.attached('gpu-1');
});

test('after a reload what was attached is attached again, and what needs an answer waits for one', async () => {
  const { editor } = machines;
  await editor.reload();
  await editor.showTrainyard();
  await editor.unfold('Machines');
  await machines.attached('gpu-1');
  await expect(machines.row(/locked.*passphrase/i)).toBeVisible();
  await expect(machines.passphrase).toHaveCount(0);
});

test('the command line lists them, and looks whether they answer', async () => {
  const { editor, config } = machines;
  writeFileSync(
    join(editor.workspace.home, 'settings.json'),
    JSON.stringify({ 'trainyard.ssh.configFile': config }),
  );
  const start = performance.now();
  const { code, out, err } = await cli(editor, 'machines', '--check', '--json');
  expect(code, err).toBe(0);
  const list = JSON.parse(out.toString()) as {
    id: string;
    reachable: boolean;
    gpus: string[] | null;
    problem: string | null;
  }[];
  expect(list.map(({ id }) => id)).toEqual(['ssh/gpu-1', 'ssh/locked', 'ssh/stranger']);
  expect(list[0]).toMatchObject({ reachable: true });
  expect(list[1]).toMatchObject({ reachable: false, gpus: null });
  // Nothing that it opened keeps it from ending.
  expect(performance.now() - start).toBeLessThan(20_000);
});
