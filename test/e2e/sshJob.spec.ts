import { expect, test } from '@playwright/test';
import { processesWith } from '../fakes/processes';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { leaveEvidence } from './harness/evidence';
import { atGate, cli, jobId, jobRow, newGate, stopFromRow, submit, write } from './harness/jobs';
import { MachineEditor } from './harness/machines';
import { choose } from './harness/rows';
import { RunPanel } from './harness/runPanel';

/** Two machines and one editor for all tests here. */
let servers: readonly SshdServer[] = [];
let machines: MachineEditor;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  servers = await Promise.all(['127.0.0.7', '127.0.0.8'].map((address) => SshdServer.start({ address })));
  const config = servers.map((server, index) => server.configText(`node-${'ab'[index] ?? ''}`)).join('\n');
  machines = await MachineEditor.start(config, { 'trainyard.ssh.hourlyUsd': { 'node-a': 1.5, 'node-b': 2 } });
});

test.afterAll(async () => {
  await machines.stop();
  for (const server of servers) await server.stop();
});

test.afterEach(async ({}, info) => {
  await leaveEvidence(machines.editor, info);
});

/** A job on both machines, written and submitted. */
async function submitted(name: string, run: string, more = ''): Promise<void> {
  const { editor } = machines;
  write(editor, 'shared.txt', 'from my computer\n');
  const lines = run.replaceAll('\n', '\n  ');
  write(
    editor,
    `${name}.job.yaml`,
    `name: ${name}\nworkdir: .\nnum_nodes: 2\nresources: {infra: "ssh/node-a,node-b"}\nenvs: {MARK: ${name}-mark}\nrun: |\n  ${lines}\n${more}\n`,
  );
  await submit(editor, `${name}.job.yaml`, 'ssh/node-a,node-b');
}

test('a job runs on two machines at once, with its files, and its panel shows both nodes', async () => {
  const { editor } = machines;
  const gate = newGate(editor, 'pair');
  await submitted('pair', `echo "rank $SKYPILOT_NODE_RANK has $(cat shared.txt)"\n${atGate(gate)}`);
  await expect(await jobRow(editor, 'pair')).toContainText('$3.50/h');
  const panel = await RunPanel.inFront(editor, 'pair');
  await panel.show('Logs');
  for (const rank of [0, 1])
    await expect(editor.panel().getByText(`rank ${rank} has from my computer`)).toBeVisible();
  gate.open();
  await panel.expectState('succeeded');
  await editor.screenshots('ssh-job');
  const { out } = await cli(editor, 'logs', await jobId(editor, 'pair'), '--raw', '--node', '1');
  expect(out.toString()).toBe('rank 1 has from my computer\n');
});

test('outputs that are on a machine come to this computer with Download, and open then', async () => {
  const { editor } = machines;
  await submitted(
    'leaves',
    'mkdir -p out && echo "weights of $SKYPILOT_NODE_RANK" > out/model.txt',
    'trainyard: {outputs: {model: ./out}}',
  );
  const panel = await RunPanel.inFront(editor, 'leaves');
  await panel.expectState('succeeded');
  await panel.show('Outputs');
  await panel.button('Download node-1/model').click();
  await expect(panel.button('Download node-1/model')).toHaveCount(0);
  // The other one is still where it was.
  await expect(panel.button('Download model')).toBeVisible();
  await panel.button('model.txt').click();
  await expect(editor.page.locator('.editor-instance .view-lines')).toContainText(/weights\sof\s1/);
});

test('a job on two machines that is stopped ends on both', async () => {
  const { editor } = machines;
  await submitted('endless', 'echo up\nsleep 1000');
  await expect.poll(() => processesWith('endless-mark').length).toBeGreaterThanOrEqual(4);
  await stopFromRow(editor, 'endless');
  await expect(editor.rows('Jobs', /endless.*stopped/)).toBeVisible();
  await expect.poll(() => processesWith('endless-mark')).toEqual([]);
});

test('a job that ran on a machine goes to another place, and the question says what is another way there', async () => {
  const { editor } = machines;
  write(
    editor,
    'moves.job.yaml',
    'name: moves\nresources: {infra: ssh/node-a}\nrun: echo hello from $MOVED\n',
  );
  await submit(editor, 'moves.job.yaml', 'ssh/node-a');
  await (await RunPanel.inFront(editor, 'moves')).expectState('succeeded');
  const id = await jobId(editor, 'moves');
  const places = editor.quickPick(/^(?!.*moves).*local/s);
  await choose(await jobRow(editor, 'moves'), 'Submit Job to…', places);
  await places.first().click();
  const question = editor.dialog('Submit moves to local?');
  await expect(question).toContainText(`Other than ${id}, which ran before:`);
  await expect(question).toContainText('Place: ssh/node-a → local');
  await expect(question).toContainText('Price: $1.50/h → $0.00/h');
  await editor.page.keyboard.press('Enter');
  await expect(editor.rows('Jobs', /moves.*local/)).toBeVisible();
});
