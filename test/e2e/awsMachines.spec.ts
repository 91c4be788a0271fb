import { writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { AwsConsole } from '../fakes/aws/awsConsole';
import { SshdServer } from '../fakes/sshd/sshdServer';
import { AwsEditor } from './harness/aws';
import { leaveEvidence } from './harness/evidence';
import { MachineEditor } from './harness/machines';
import { choose, press } from './harness/rows';

/** One editor whose AWS has an instance with a real SSH server behind it, a stopped one, a notebook instance and a Studio space. */
let server: SshdServer;
let account: AwsEditor;
let machines: MachineEditor;
let person: AwsConsole;
let gpu: { readonly id: string; readonly address: string };

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  [server, account] = await Promise.all([SshdServer.start({ address: '127.0.0.5' }), AwsEditor.start()]);
  const { aws, editor } = account;
  person = new AwsConsole(aws, 'us-east-1');
  machines = MachineEditor.of(editor);
  gpu = await person.run('g5.xlarge', { Name: 'gpu-1', 'trainyard:user': server.user });
  await person.stop((await person.run('g5.12xlarge', { Name: 'asleep' })).id);
  await person.notebook('lab');
  await person.template('gpu-template', 'g5.xlarge');
  aws.studio.seed('ana-space', 'ml.g5.xlarge', 60);
  // As a person who writes how the address is reached: it leads nowhere here.
  const known = `${server.knownHostsPath}.aws`;
  writeFileSync(
    machines.config,
    `Host ${gpu.address}\n  HostName ${server.address}\n  Port ${server.port}\n  IdentityFile ${server.clientKeyPath}\n` +
      `  UserKnownHostsFile ${known}\n  StrictHostKeyChecking accept-new\n  IdentityAgent none\n`,
  );
  await account.addRegion('us-east-1');
  await machines.show();
});

test.afterAll(async () => {
  await account.stop();
  await server.stop();
});

test.afterEach(async ({}, info) => {
  await leaveEvidence(account.editor, info);
});

test('instances, notebook instances and Studio spaces are listed with what they are and cost', async () => {
  await expect(machines.row('gpu-1')).toContainText(/\$1\.01\/h.* · g5\.xlarge · 1×A10G/);
  await expect(machines.row('asleep')).toContainText(/stopped · disk .*\/h · g5\.12xlarge · 4×A10G/);
  await expect(machines.row('lab')).toContainText(/\$3\.83\/h.* · ml\.p3\.2xlarge/);
  await expect(machines.row('ana-space')).toContainText('stopped');
  await account.editor.screenshots('aws-machines');
});

test('a stopped instance is started once its price was agreed to, and stopped again', async () => {
  const { aws, editor } = account;
  const question = editor.dialog('Start asleep for $5.67/h?');
  await press(machines.row('asleep'), 'Start Machine…', question);
  await expect(question).toContainText('g5.12xlarge · 4×A10G');
  await editor.screenshot('aws-start.dark');
  await question.getByRole('button', { name: 'Cancel' }).click();
  expect(aws.asked('StartInstances')).toHaveLength(0);
  await press(machines.row('asleep'), 'Start Machine…', question);
  await question.getByRole('button', { name: 'Start' }).click();
  await expect(machines.row('asleep')).toContainText('$5.67/h');
  const stop = editor.dialog('Stop asleep?');
  await choose(machines.row('asleep'), 'Stop Machine…', stop);
  await expect(stop).toContainText('It costs $5.67/h until it is stopped; then only its disk');
  await editor.screenshot('aws-stop.dark');
  await stop.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(machines.row('asleep')).toContainText('stopped');
});

test('a Studio space is started and stopped like any machine', async () => {
  const { editor } = account;
  const start = editor.dialog('Start ana-space');
  await press(machines.row('ana-space'), 'Start Machine…', start);
  await start.getByRole('button', { name: 'Start' }).click();
  await expect(machines.row('ana-space')).toContainText(/\$1\.55\/h.* · ml\.g5\.xlarge/);
  const stop = editor.dialog('Stop ana-space?');
  await choose(machines.row('ana-space'), 'Stop Machine…', stop);
  await stop.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(machines.row('ana-space')).toContainText('stopped');
});

test('the idle shutdown of a Studio space is set where it is right-clicked', async () => {
  const { aws, editor } = account;
  const hour = editor.quickPick('1 h').first();
  await choose(machines.row('ana-space'), 'Set Idle Shutdown…', hour);
  await expect(hour).toContainText('now');
  await editor.screenshot('aws-idle-choices.dark');
  await editor.choose('4 h');
  const question = editor.dialog('Let ana-space be stopped after 4 h without use?');
  await expect(question).toContainText('SageMaker stops it, also with this editor closed');
  await editor.screenshot('aws-idle.dark');
  await question.getByRole('button', { name: 'Set' }).click();
  await expect(editor.notification('Idle shutdown of ana-space')).toContainText('after 240 minutes');
  expect(aws.asked('UpdateSpace')).toHaveLength(1);
  await editor.run('Notifications: Clear All Notifications');
});

test('what AWS refuses is said, with the policy that is missing behind a button', async () => {
  const { aws, editor } = account;
  const end = aws.faults.begin({ kind: 'denied', of: ({ operation }) => operation === 'StartInstances' });
  const question = editor.dialog('Start asleep');
  await press(machines.row('asleep'), 'Start Machine…', question);
  await question.getByRole('button', { name: 'Start' }).click();
  await expect(editor.notification('can’t be started')).toContainText('ec2:StartInstances');
  await editor.screenshot('aws-start-denied.dark');
  end();
  await editor.notification().getByRole('button', { name: 'Open Permission Policy' }).click();
  await expect(editor.page.locator('.editor-instance .view-lines')).toContainText('Statement');
  await editor.clear();
  await editor.run('Notifications: Clear All Notifications');
});

test('an instance is attached over SSH, and is a machine like any other', async () => {
  await press(machines.row('gpu-1'), 'Attach to Machine…', machines.attachedIcon('gpu-1'));
  await expect(machines.row('Files')).toBeVisible();
  await account.editor.screenshot('aws-attached.dark');
  // The platform says that it runs.
  await press(
    machines.row('gpu-1'),
    'Detach from Machine',
    machines.row('gpu-1').locator('.codicon-vm-running'),
  );
});

test('an instance is launched from a template, with its longest life and what that costs', async () => {
  const { aws, editor } = account;
  await editor.run('Trainyard: Launch Machine…');
  await editor.screenshot('aws-launch-template.dark');
  await editor.choose('gpu-template');
  await editor.input.fill('mine');
  await editor.page.keyboard.press('Enter');
  await editor.screenshot('aws-launch-life.dark');
  await editor.take('8 h');
  const question = editor.dialog('Launch mine for $1.01/h?');
  await expect(question).toContainText('At most $8.05');
  await editor.screenshot('aws-launch.dark');
  await question.getByRole('button', { name: 'Launch' }).click();
  await expect(editor.notification('mine runs')).toContainText('watchdog');
  await expect(machines.row('mine')).toContainText('$1.01/h');
  expect(aws.asked('RunInstances').length).toBeGreaterThan(2);
  await editor.run('Notifications: Clear All Notifications');
});

test('an instance is launched by its type: all else is as usual, and can be changed', async () => {
  const { aws, editor } = account;
  await editor.run('Trainyard: Launch Machine…');
  await editor.choose('By Type…');
  await expect(editor.quickPick('g5.xlarge').first()).toContainText('$1.01/h');
  await editor.screenshot('aws-launch-type.dark');
  await editor.choose('g5.xlarge');
  await expect(editor.quickPick(/^Image: /)).toBeVisible();
  await editor.screenshot('aws-launch-settings.dark');
  await editor.choose('Disk: ');
  await editor.screenshot('aws-launch-disk.dark');
  // Esc at one goes back to all.
  await editor.page.keyboard.press('Escape');
  await expect(editor.quickPick('Go On with These')).toBeVisible();
  await editor.page.keyboard.press('Enter');
  await editor.input.fill('by-type');
  await editor.page.keyboard.press('Enter');
  await editor.take('8 h');
  const question = editor.dialog('Launch by-type for');
  await expect(question).toContainText('$1.01/h');
  await editor.screenshot('aws-launch-by-type.dark');
  const asked = aws.asked('RunInstances').length;
  await question.getByRole('button', { name: 'Launch' }).click();
  await expect(editor.notification('by-type runs')).toBeVisible();
  await expect(machines.row('by-type')).toContainText('$1.01/h');
  expect(aws.asked('RunInstances').length).toBe(asked + 1);
  await editor.run('Notifications: Clear All Notifications');
});

test('thirty machines with long names are a list that can be read', async () => {
  const { editor } = account;
  for (let index = 0; index < 26; index++)
    await person.run('g5.xlarge', {
      Name:
        index % 5 === 0
          ? `a-gpu-machine-with-a-name-as-long-as-consoles-give-them-${index}`
          : `node-${index}`,
    });
  await editor.view('Jobs').locator('.pane-header').click();
  await editor.run('Trainyard: Refresh');
  // AWS is asked again once a minute, and by a refresh where the last answer is older than seconds.
  await expect(machines.row('node-1')).toBeVisible({ timeout: 90_000 });
  await editor.screenshots('aws-machines-thirty');
});
