import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { expect, test, type FrameLocator, type Locator } from '@playwright/test';
import { isAlive } from '../unit/remote/launchedJob';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { leaveEvidence } from './harness/evidence';
import { FakeGpus, printed } from './harness/fakeGpus';
import { MachineEditor } from './harness/machines';
import { choose, unfold } from './harness/rows';

/** One machine with a fake nvidia-smi, and one editor, for all tests here: each begins where the one before it left off. */
let server: SshdServer;
let gpus: FakeGpus;
let machines: MachineEditor;
const children: ChildProcess[] = [];

const page = (): FrameLocator => machines.editor.panel();
const cell = (text: string | RegExp): Locator =>
  page().locator('process-table tbody tr').filter({ hasText: text });

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  server = await SshdServer.start({ address: '127.0.0.5' });
  gpus = new FakeGpus(server);
  gpus.show('all', printed('query-gpu.8xh100.csv'));
  machines = await MachineEditor.start(server.configText('gpu-1'), {
    'trainyard.ssh.hourlyUsd': { 'gpu-1': 6.2 },
  });
});

test.afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await machines.stop();
  await server.stop();
  gpus.delete();
});

test.afterEach(async ({}, info) => {
  await leaveEvidence(machines.editor, info);
});

/** A process on GPU 2 that lasts; `stubborn` does not hear SIGTERM. */
async function onGpu(stubborn = false): Promise<number> {
  const trap = stubborn ? "trap '' TERM;" : '';
  const child = spawn('sh', ['-c', `${trap} echo up; while :; do sleep 0.2; done`, 'train'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  gpus.show('apps', `GPU-00000000-0000-0000-0000-000000000002, ${child.pid ?? 0}, sh, 20480\n`);
  return child.pid ?? 0;
}

test('a machine that is not attached says so, and is attached from its panel', async () => {
  await choose(machines.row('gpu-1'), 'Watch Machine', page().getByRole('heading', { name: 'gpu-1' }));
  await expect(page().getByText('Not attached')).toBeVisible();
  await machines.editor.screenshot('machine-detached');
  await page().getByText('Attach', { exact: true }).click();
  await expect(page().locator('gpu-table tbody tr')).toHaveCount(8);
  await expect(page().getByText(/^up \d/)).toBeVisible();
  await expect(page().getByText('$6.20/h', { exact: true })).toBeVisible();
});

test('its GPUs and its host are drawn live', async () => {
  await expect(page().locator('gpu-table tbody tr').first()).toContainText('90 %');
  for (const title of [
    'GPU use',
    'GPU memory',
    'GPU power',
    'GPU temperature',
    'CPU',
    'Memory',
    'Disk',
    'Network',
  ])
    await expect(page().getByRole('figure', { name: title, exact: true })).toHaveCount(1);
  await expect(page().getByRole('figure', { name: 'GPU use' }).locator('canvas')).toBeVisible();
  const use = page().getByRole('figure', { name: 'GPU use' });
  gpus.show('all', printed('query-gpu.8xh100.csv').replace('90, 41', '13, 41'));
  await expect(use.locator('.legend-line').first()).toContainText('13 %');
  await unfold(machines.row('gpu-1'));
  await expect(machines.row('GPU 0')).toContainText('13 %');
  await expect(machines.row('gpu-1')).toContainText('8×H100 · GPU');
});

test('its curves can be read as tables', async () => {
  const { keyboard } = machines.editor.page;
  const use = page().getByRole('figure', { name: 'GPU use' });
  const asTables = page().getByRole('checkbox', { name: 'Table' });
  await asTables.focus();
  await keyboard.press('Space');
  await expect(use.getByRole('region', { name: 'Values, newest first' })).toBeVisible();
  await expect(use.getByRole('columnheader', { name: 'GPU 0' })).toBeVisible();
  await expect(use.getByRole('rowheader').first()).toHaveText(/\d\d:\d\d:\d\d/);
  await asTables.focus();
  await keyboard.press('Space');
  await expect(use.locator('canvas')).toBeVisible();
});

test('a process is stopped after a yes that names it', async () => {
  const { editor } = machines;
  const pid = await onGpu();
  const row = cell(String(pid));
  await expect(row).toContainText('while :; do');
  await editor.screenshots('machine');
  const reached = await reachedByTab(10);
  expect(reached).toEqual([
    'Detach',
    'Open Terminal',
    'Live figures',
    'GPUs',
    'Processes on GPUs',
    `Stop Process ${pid} of ${userInfo().username}`,
    'Table',
    expect.stringMatching(/^GPU use/),
    expect.stringMatching(/^GPU memory/),
    expect.stringMatching(/^GPU power/),
  ]);
  for (const button of await page().getByRole('button').all())
    await expect(button).toHaveAccessibleName(/\w/);
  await row.getByRole('button').focus();
  await editor.page.keyboard.press('Enter');
  await expect(editor.dialog()).toContainText(`Process ${pid} on GPU 2`);
  await editor.page.keyboard.press('Escape');
  await row.getByRole('button', { name: `Stop Process ${pid}` }).click();
  await expect(editor.dialog()).toContainText(`Process ${pid} on GPU 2`);
  await editor.page.keyboard.press('Escape');
  expect(isAlive(pid)).toBe(true);
  await row.getByRole('button', { name: `Stop Process ${pid}` }).click();
  await editor.dialog().getByRole('button', { name: 'Stop Process' }).click();
  await expect.poll(() => isAlive(pid)).toBe(false);
  gpus.show('apps', '');
  await expect(row).toHaveCount(0);
});

test('a process that does not end is killed only after another yes', async () => {
  const { editor } = machines;
  const pid = await onGpu(true);
  const row = cell(String(pid));
  await expect(row).toBeVisible();
  await row.getByRole('button', { name: `Stop Process ${pid}` }).click();
  await editor.dialog().getByRole('button', { name: 'Stop Process' }).click();
  const offer = editor.notification('has not ended');
  await expect(offer).toBeVisible();
  expect(isAlive(pid)).toBe(true);
  await offer.getByRole('button', { name: 'Kill Process' }).click();
  await expect.poll(() => isAlive(pid)).toBe(false);
});

test('a GPU that is lost is named, and the others go on', async () => {
  gpus.show('all', printed('query-gpu.gpu-lost.stdout'));
  await expect(page().locator('.gpu-note')).toContainText('Unable to determine the device handle');
  await expect(page().locator('gpu-table tbody tr').nth(3)).toContainText('not answering');
  await machines.editor.screenshot('machine-lost');
  gpus.show('all', printed('query-gpu.8xh100.csv'));
  await expect(page().locator('.gpu-note')).toHaveCount(0);
});

test('it comes back after a reload, with what its GPUs are divided into by now', async () => {
  const { editor } = machines;
  const [, ...others] = printed('query-gpu.8xh100.csv').split('\n');
  gpus.show('mig', 'Enabled');
  gpus.show('list', printed('list-L.mig.txt'));
  gpus.show('all', [printed('query-gpu.mig-load.csv').trim(), ...others].join('\n'));
  await editor.reload();
  await expect(page().getByRole('heading', { name: 'gpu-1' })).toBeVisible();
  const rows = page().locator('gpu-table tbody tr');
  await expect(rows).toHaveCount(8);
  await expect(rows.first()).toContainText('MIG: 1c.3g.71gb, 2g.35gb, 1g.18gb');
  await editor.screenshot('machine-mig');
});

test('it is usable in a narrow window', async () => {
  const { editor } = machines;
  await editor.run('View: Toggle Primary Side Bar Visibility');
  await editor.page.setViewportSize({ width: 400, height: 900 });
  await expect(page().locator('gpu-table')).toBeVisible();
  // Its tables scroll in themselves.
  const main = await page().locator('#content').boundingBox();
  for (const chart of await page().locator('metric-chart').all())
    expect((await chart.boundingBox())?.width ?? 0).toBeLessThanOrEqual(main?.width ?? 0);
  await editor.screenshots('machine-narrow');
  await editor.page.setViewportSize({ width: 1400, height: 900 });
});

/** What Tab comes to from the top of the page, by the names that a screen reader says. */
async function reachedByTab(count: number): Promise<string[]> {
  await page().getByRole('heading', { name: 'gpu-1' }).click();
  const names: string[] = [];
  for (let at = 0; at < count; at++) {
    await machines.editor.page.keyboard.press('Tab');
    names.push(await page().locator(':focus').first().evaluate(spokenName));
  }
  return names;
}

test('a machine that nobody sees is not sampled', async () => {
  const { editor } = machines;
  await expect.poll(() => server.programs().filter(isSampler).length).toBeGreaterThan(0);
  // Neither its panel nor the Machines view.
  await editor.run('View: Show Explorer');
  await editor.run('Trainyard: Compare Jobs…');
  await expect.poll(() => server.programs().filter(isSampler).length, { timeout: 60_000 }).toBe(0);
});

function isSampler(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('machine.sh');
  } catch {
    return false;
  }
}

/** Runs in the page, whose own types these files, being Node's, do not know. */
function spokenName(focused: unknown): string {
  const element = focused as Named;
  const labelled = element.getAttribute('aria-labelledby');
  const name =
    element.getAttribute('aria-label') ??
    (labelled === null ? null : element.ownerDocument.getElementById(labelled)?.textContent) ??
    element.textContent;
  return name.trim();
}

interface Named {
  readonly textContent: string;
  readonly ownerDocument: { getElementById(id: string): Named | null };
  getAttribute(name: string): string | null;
}
