import { expect, test } from '@playwright/test';
import { FakeAwsJobs } from '../fakes/aws/fakeAwsJobs';
import { AwsEditor } from './harness/aws';
import { leaveEvidence } from './harness/evidence';
import { cli } from './harness/jobs';
import { unfold } from './harness/rows';
import { RunPanel } from './harness/runPanel';

const others = /^Others on aws\/us-east-1 \(5,001\)/;
let account: AwsEditor;
let jobs: FakeAwsJobs;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  account = await AwsEditor.start();
  jobs = await FakeAwsJobs.make(account.aws);
  jobs.seedPast(5000);
  await jobs.create(
    'colleagues-tuning-2026',
    'trap "echo saved; exit 0" TERM; echo "begun {}"; sleep 600 & wait',
  );
  await account.addRegion('us-east-1');
});

test.afterAll(() => account.stop());

test.afterEach(async ({}, info) => {
  await leaveEvidence(account.editor, info);
});

test('jobs that others started are a group of their own, what runs first and then fifty at a time', async () => {
  const { editor } = account;
  await editor.showTrainyard();
  const group = editor.rows('Jobs', /^Others on aws\/us-east-1/).first();
  await unfold(group);
  await expect(editor.rows('Jobs', others)).toBeVisible();
  const rows = editor.rows('Jobs').filter({ hasText: /colleagues-tuning|past-/ });
  await expect(rows.first()).toContainText('colleagues-tuning-2026');
  await expect(editor.rows('Jobs', 'past-0')).toBeVisible();
  await editor.screenshots('jobs-others');

  // By keyboard: the last row, which is not drawn yet.
  await editor.page.keyboard.press('End');
  const more = editor.rows('Jobs', 'Show More…');
  await expect(more).toContainText('4,951 older');
  await editor.page.keyboard.press('Enter');
  await expect(editor.rows('Jobs', 'past-49')).toBeVisible();
  await editor.page.keyboard.press('End');
  await expect(more).toContainText('4,901 older');
});

test('one of them opens with its log and is stopped, and is offered no second run', async () => {
  const { editor } = account;
  await editor.page.keyboard.press('Home');
  const panel = await RunPanel.open(editor, 'colleagues-tuning-2026');
  await panel.expectState('running');
  await expect(panel.button('Resubmit…')).toHaveCount(0);
  await panel.show('Logs');
  await expect(panel.rows.first()).toContainText('begun {}');
  await panel.show('Overview');
  await editor.screenshots('run-others');
  await panel.button('Stop').click();
  await panel.expectState('stopped', 90_000);
  await panel.show('Logs');
  await expect(panel.rows.last()).toContainText('saved');
  // From now on it is one of the jobs here.
  const { out } = await cli(editor, 'jobs', '--json');
  expect(JSON.parse(out.toString())).toMatchObject([{ name: 'colleagues-tuning-2026', state: 'stopped' }]);
});
