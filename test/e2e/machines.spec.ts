import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { leaveEvidence } from './harness/evidence';
import { cli, write } from './harness/jobs';
import { lockedKey, MachineEditor } from './harness/machines';
import { restrict } from './harness/restrictedMode';
import { choose, click, press, unfold } from './harness/rows';

/** The servers and the editor of all tests here: each begins where the one before it left off, as a person would. */
let folder = '';
let gpu: SshdServer;
let locked: SshdServer;
let stranger: SshdServer;
let machines: MachineEditor;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
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
    // Of the machine that is added by hand, which is another way to the first.
    `Host 127.0.0.2*\n  UserKnownHostsFile ${gpu.knownHostsPath}\n  IdentityAgent none\n`,
  ].join('\n');
  machines = await MachineEditor.start(config, { 'trainyard.ssh.hourlyUsd': { 'gpu-1': 6.2 } });
});

test.afterAll(async () => {
  await machines.stop();
  await Promise.all([gpu.stop(), locked.stop(), stranger.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

test.afterEach(async ({}, info) => {
  await leaveEvidence(machines.editor, info);
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
  await press(machines.row('gpu-1'), 'Attach to Machine…', machines.row('Files'));
});

test('a key with a passphrase is asked for once, unseen; a wrong one is asked again', async () => {
  await press(machines.row('locked'), 'Attach to Machine…', machines.passphrase);
  await machines.passphrase.fill('wrong horse');
  await machines.editor.page.keyboard.press('Enter');
  await expect(machines.passphrase).toHaveValue('');
  await machines.passphrase.fill('correct horse');
  await machines.editor.page.keyboard.press('Enter');
  await machines.attached('locked');
});

test('an unknown host key is asked about with its fingerprint, and a changed one stops hard', async () => {
  const { editor } = machines;
  await press(machines.row('stranger'), 'Attach to Machine…', editor.dialog('SHA256:'));
  await editor.page.keyboard.press('Escape');
  // Who has just said no is not told so.
  await expect(machines.row(/stranger.*not agreed to/)).toBeVisible();
  await expect(editor.notification()).toHaveCount(0);
  await press(machines.row('stranger'), 'Attach to Machine…', editor.dialog('SHA256:'));
  await editor.dialog().getByRole('button', { name: 'Trust This Key' }).click();
  await machines.attached('stranger');
  const known = join(folder, 'known_hosts');
  await expect.poll(() => readFileSync(known, 'utf8')).toContain('ssh-ed25519');
  await press(machines.row('stranger'), 'Detach from Machine', machines.detachedIcon('stranger'));

  writeFileSync(known, `[127.0.0.4]:${stranger.port} ${gpu.hostKey}\n`);
  const refusal = editor.notification('another key than the one that is known');
  await press(machines.row('stranger'), 'Attach to Machine…', refusal);
  await expect(editor.dialog()).toHaveCount(0);
  await editor.run('Notifications: Clear All Notifications');
  await expect(machines.row(/stranger.*another key/)).toBeVisible();
});

test('a file is opened, edited and saved on the machine', async () => {
  const { editor } = machines;
  const path = join(gpu.home, 'train.py');
  writeFileSync(path, 'print("before")\n');
  await unfold(machines.row('Files'));
  await click(machines.row('train.py'), editor.tab('train.py'));
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
  const screen = editor.page.locator('.terminal-wrapper.active .xterm');
  await press(machines.row('gpu-1'), 'Open Terminal on Machine', screen);
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
  await press(machines.row('Files'), 'Upload to Machine…', machines.folderDialog('Upload'));
  await machines.pickFolder(join(workspace.folder, 'bundle'), 'deep', 'Upload');
  await expect.poll(() => existsSync(join(gpu.home, 'bundle/deep/a.txt'))).toBe(true);
  expect(readFileSync(join(gpu.home, 'bundle/deep/a.txt'), 'utf8')).toBe('from here');

  writeFileSync(join(gpu.home, 'bundle/result.txt'), 'from there');
  const target = join(workspace.folder, 'down');
  mkdirSync(join(target, 'inner'), { recursive: true });
  await choose(machines.row('bundle'), 'Download from Machine…', machines.folderDialog('Download Here'));
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
    const ports = editor.page.locator('.quick-input-widget:visible', {
      hasText: 'Forward a port of',
    });
    await choose(machines.row('gpu-1'), 'Forward Port…', ports);
    await editor.input.fill(String(port));
    await expect(editor.quickPick(String(port)).first()).toBeVisible();
    await editor.page.keyboard.press('Enter');
    await unfold(machines.row('gpu-1'));
    const row = machines.row(/at 127\.0\.0\.1:\d+/);
    await expect(row).toBeVisible();
    const here = /127\.0\.0\.1:(\d+)/.exec(await row.innerText())?.[1] ?? '';
    expect(await (await fetch(`http://127.0.0.1:${here}/`)).text()).toBe('hello from the machine');
    const without = editor.view('Machines').filter({ hasNotText: /at 127\.0\.0\.1:\d+/ });
    await press(row, 'Stop Forwarding Port', without);
    await expect(row).toHaveCount(0);
    await expect(fetch(`http://127.0.0.1:${here}/`)).rejects.toThrow();
  } finally {
    server.close();
  }
});

test('a machine that goes away is reconnecting, and attached once it is back', async () => {
  await gpu.kill();
  await expect(machines.row(/gpu-1.*reconnecting/)).toBeVisible();
  await gpu.restart();
  await expect(machines.row(/gpu-1.*reconnecting/)).toHaveCount(0);
  await machines.attached('gpu-1');
});

test('after a reload what was attached is attached again, and what needs an answer waits for one', async () => {
  await machines.reload();
  await machines.attached('gpu-1');
  await expect(machines.row(/locked.*passphrase/i)).toBeVisible();
  await expect(machines.passphrase).toHaveCount(0);
});

test('a passphrase that is to be remembered is not asked for again after a reload', async () => {
  const { editor } = machines;
  await press(machines.row('locked'), 'Attach to Machine…', machines.passphrase);
  await machines.passphrase.fill('correct horse');
  await editor.page.getByRole('button', { name: 'Keep It in the Secret Storage' }).click();
  await expect(editor.page.locator('.quick-input-widget:visible')).toContainText('It will be remembered');
  await machines.passphrase.press('Enter');
  await machines.attached('locked');
  await machines.reload();
  await machines.attached('locked');
  await expect(machines.passphrase).toHaveCount(0);
});

test('all selected machines are detached and attached together', async () => {
  await machines.attached('gpu-1');
  await machines.select('gpu-1', 'locked');
  await choose(machines.row('locked'), 'Detach from Machine', machines.detachedIcon('locked'));
  await expect(machines.detachedIcon('gpu-1')).toBeVisible();
  await machines.select('gpu-1', 'locked');
  await choose(machines.row('gpu-1'), 'Attach to Machine…', machines.attachedIcon('gpu-1'));
  await machines.attached('locked');
});

test('a remembered passphrase that is forgotten is needed again', async () => {
  const { editor } = machines;
  await editor.run('Trainyard: Forget Secret…');
  await editor.take('ssh.passphrase.');
  await machines.reload();
  await expect(machines.row(/locked.*passphrase/i)).toBeVisible();
  await machines.attached('gpu-1');
  await editor.run('Trainyard: Forget Secret…');
  await expect(editor.notification('No secret is remembered.')).toBeVisible();
  await editor.run('Notifications: Clear All Notifications');
});

test('a machine is added as one types it for ssh, attached, and removed again', async () => {
  const { editor, config, workspace } = machines;
  const before = readFileSync(config, 'utf8');
  await addGpu();
  await expect(editor.dialog()).toContainText('Should ssh in terminals know the machines');
  await editor.page.keyboard.press('Escape');
  const offer = editor.notification('ssh/127.0.0.2 is in Machines now.');
  expect(readFileSync(config, 'utf8')).toBe(before);
  expect(readFileSync(join(workspace.home, 'ssh_config'), 'utf8')).toContain('Host 127.0.0.2\n');
  await offer.getByRole('button', { name: 'Attach' }).click();
  await machines.attached('127.0.0.2');
  const question = editor.dialog('Remove 127.0.0.2?');
  await choose(machines.row('127.0.0.2'), 'Remove Machine…', question);
  await question.getByRole('button', { name: 'Remove' }).click();
  await expect(machines.row('127.0.0.2')).toHaveCount(0);
  expect(existsSync(join(workspace.home, 'ssh_config'))).toBe(false);
});

test('ssh itself knows an added machine once its line may stand in the configuration', async () => {
  const { editor, config } = machines;
  const before = readFileSync(config, 'utf8');
  await addGpu();
  await editor.dialog('Include').getByRole('button', { name: 'Add Lines' }).click();
  await expect(machines.row('127.0.0.2')).toBeVisible();
  await expect.poll(() => readFileSync(config, 'utf8')).not.toBe(before);
  expect(readFileSync(config, 'utf8').endsWith(before)).toBe(true);
  const known = execFileSync('ssh', ['-F', config, '-G', '127.0.0.2'], { encoding: 'utf8' });
  expect(known).toContain(`port ${gpu.port}\n`);
  expect(known).toContain(`identityfile ${gpu.clientKeyPath}\n`);
  await editor.run('Notifications: Clear All Notifications');
  const question = editor.dialog('Remove 127.0.0.2?');
  await choose(machines.row('127.0.0.2'), 'Remove Machine…', question);
  await question.getByRole('button', { name: 'Remove' }).click();
  await expect(machines.row('127.0.0.2')).toHaveCount(0);
  expect(readFileSync(config, 'utf8')).toBe(before);
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

test('the command line runs a job on a machine', async () => {
  const { editor } = machines;
  write(editor, 'there.job.yaml', 'name: there\nrun: |\n  echo "hello from $HOME"\n');
  const { code, out, err } = await cli(
    editor,
    ...['submit', 'there.job.yaml', '--on', 'ssh/gpu-1', '--yes', '--wait', '--json'],
  );
  expect(code, err).toBe(0);
  const events = out
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly event: string; readonly text?: string });
  expect(events.at(0)).toMatchObject({ event: 'submitted' });
  expect(events.at(-1)).toMatchObject({ event: 'ended', state: 'succeeded', exitCode: 0 });
  const text = events.map((event) => event.text ?? '').join('');
  expect(text).toContain(`hello from ${gpu.home}`);
});

test('in Restricted Mode no machine is attached, and the way out is offered', async () => {
  const { editor } = machines;
  await restrict(editor);
  // Until here the window of before may have looked at the job of the command line.
  const before = gpu.log().length;
  await machines.show();
  const refusal = editor.notification('no machine is attached in Restricted Mode');
  await press(machines.row('gpu-1'), 'Attach to Machine…', refusal);
  await expect(refusal.getByRole('button', { name: 'Manage Workspace Trust' })).toBeVisible();
  await expect(machines.detachedIcon('gpu-1')).toBeVisible();
  // Neither by hand nor as before the reload.
  expect(gpu.log().slice(before)).not.toContain('Accepted');
});

async function addGpu(): Promise<void> {
  const { editor } = machines;
  await editor.run('Trainyard: Add Connection to AWS or SSH…');
  await editor.choose('SSH Machine');
  await editor.input.fill(`ssh ${gpu.user}@127.0.0.2 -p ${gpu.port} -i ${gpu.clientKeyPath}`);
  await editor.page.keyboard.press('Enter');
}
