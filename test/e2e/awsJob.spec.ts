import { readdirSync } from 'node:fs';
import { DeleteRoleCommand } from '@aws-sdk/client-iam';
import { expect, test } from '@playwright/test';
import { AwsEditor } from './harness/aws';
import { leaveEvidence } from './harness/evidence';
import { atGate, cli, jobId, jobPath, jobRow, newGate, stopFromRow, submit, write } from './harness/jobs';
import { colouredPixels, RunPanel } from './harness/runPanel';

const place = 'aws/us-east-1';
let account: AwsEditor;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  account = await AwsEditor.start();
  await account.addRegion('us-east-1');
});

test.afterAll(() => account.stop());

test.afterEach(async ({}, info) => {
  await leaveEvidence(account.editor, info);
});

/** A job for one instance of SageMaker, written and submitted. */
async function submitted(name: string, run: string): Promise<RunPanel> {
  const { editor } = account;
  const lines = run.replaceAll('\n', '\n  ');
  const file = `${name}.job.yaml`;
  write(
    editor,
    file,
    `name: ${name}\nworkdir: quick\nresources: {infra: ${place}, instance_type: ml.m5.large}\nrun: |\n  ${lines}\n`,
  );
  await submit(editor, file, `${place} · ml.m5.large`);
  return RunPanel.inFront(editor, name);
}

test('the sample trains on two instances of SageMaker, from its plan to its model on this computer', async () => {
  const { aws, editor } = account;
  await editor.openFile('digits/digits.job.yaml');
  await editor.run('Trainyard: Plan Job…');
  const offer = editor.quickPick(place).first();
  await expect(offer).toContainText('ml.m5.large');
  await expect(offer).toContainText('2 nodes · $0.23/h');
  await editor.screenshot('aws-plan.dark');
  await offer.click();
  const question = editor.dialog(`Submit digits to ${place} · ml.m5.large?`);
  await expect(question).toContainText('At worst $0.12, after 32 m.');
  await editor.page.keyboard.press('Enter');

  const panel = await RunPanel.inFront(editor, 'digits');
  const id = await jobId(editor, 'digits');
  await expect(await jobRow(editor, 'digits')).toContainText('$0.23/h', { timeout: 120_000 });
  await expect.poll(() => colouredPixels(panel.chart('loss')), { timeout: 120_000 }).toBeGreaterThan(20);
  await expect(panel.frame.locator('.facts')).toContainText('Training in progress');
  await editor.screenshots('aws-running');
  await panel.show('Logs');
  for (const rank of [0, 1]) await expect(editor.panel().getByText(`rank ${rank} of 2`)).toBeVisible();
  await panel.expectState('succeeded', 120_000);
  await panel.show('Overview');
  await expect(panel.frame.locator('.facts')).toContainText('SageMaker: Training job completed');
  await expect(panel.frame.locator('.facts')).toContainText('$0.0');
  await panel.show('Outputs');
  await panel.button('Download model').click();
  await expect(panel.button('digits.pt')).toBeVisible();
  expect(readdirSync(jobPath(editor, id, 'outputs/model'))).toEqual([
    'digits.pt',
    'labels.json',
    'metrics.json',
  ]);
  await editor.screenshot('aws-outputs.dark');
  expect(aws.trainingJobs.names()).toEqual([id]);
  const { out } = await cli(editor, 'logs', id, '--node', '1');
  expect(out.toString()).toContain('rank 1 of 2');
});

test('a job that waits for its machine says what SageMaker does', async () => {
  const { aws, editor } = account;
  aws.world.startMs = 6_000;
  const panel = await submitted('waits', 'echo up');
  await expect(panel.frame.locator('.facts')).toContainText('SageMaker: ');
  await editor.screenshots('aws-starting');
  aws.world.startMs = 20;
  await panel.expectState('succeeded');
});

test('a job is seen in two windows, and stopped from either', async () => {
  const { aws, editor } = account;
  const gate = newGate(editor, 'endless');
  await submitted('endless', `echo up\n${atGate(gate)}`);
  const id = await jobId(editor, 'endless');
  await editor.showTrainyard();
  const other = await editor.secondWindow();
  await expect(await jobRow(other, 'endless')).toContainText('$0.12/h');
  await stopFromRow(other, 'endless');
  for (const window of [editor, other]) {
    // A page that is hidden draws nothing.
    await window.page.bringToFront();
    await expect(window.rows('Jobs', /endless.*stopped/)).toBeVisible();
  }
  expect(aws.trainingJobs.job(id)?.status).toBe('Stopped');
  await other.stop();
});

test('a job that fails in SageMaker opens on its reason, with the lines before it', async () => {
  const { editor } = account;
  const panel = await submitted('breaks', `echo loading\npython3 -c 'import no_such_module'`);
  await panel.expectState('failed');
  await expect(panel.frame.locator('failure-card')).toContainText('No module named');
  await expect(panel.frame.locator('failure-card')).toContainText('no_such_module');
  await editor.screenshots('aws-failed');
});

test('a job for which there is no machine says so, and what to do', async () => {
  const { aws, editor } = account;
  aws.world.noCapacity.add('ml.m5.large');
  const panel = await submitted('crowded', 'echo up');
  await panel.expectState('failed');
  await expect(panel.frame.locator('failure-card')).toContainText('capacity');
  await editor.screenshots('aws-no-capacity');
  aws.world.noCapacity.clear();
});

test('what SageMaker would refuse is marked where it stands, before anything is submitted', async () => {
  const { aws, editor } = account;
  const asked = aws.asked('CreateTrainingJob').length;
  const problems = editor.page.locator('.markers-panel .monaco-list-row');
  const envs = Array.from({ length: 101 }, (_, index) => `  V${index}: x\n`).join('');
  const here = `resources:\n  infra: ${place}\n`;
  const cases = [
    ['many', `${here}envs:\n${envs}`, /SageMaker takes 100 envs, and these are 101.*Ln 6, Col 1\]/s],
    ['long', `${here}envs:\n  LONG: ${'x'.repeat(513)}\n`, /value of LONG has 513.*Ln 7, Col 3\]/s],
    ['spot', `${here}  use_spot: true\n`, /starts from its beginning.*Ln 6, Col 3\]/s],
    ['ever', `${here}trainyard:\n  guardrails: {max_duration: 40d}\n`, /after 28 days.*Ln 7, Col 16\]/s],
    ['port', `${here}  ports: 80\n`, /Nothing outside can reach.*Ln 6, Col 3\]/s],
    ['slip', `${here}  instance_type: ml.g5.2xlrage\n`, /Did you mean ml\.g5\.2xlarge.*Ln 6, Col 3\]/s],
    ['type', `${here}  instance_type: huge\n`, /no SageMaker type.*Ln 6, Col 3\]/s],
    ['moon', 'resources:\n  infra: aws/moon-east-1\n', /None of your connections.*Ln 5, Col 3\]/s],
  ] as const;
  await editor.run('Problems: Focus on Problems View');
  for (const [name, lines, problem] of cases) {
    const file = `${name}.job.yaml`;
    write(editor, file, `name: ${name}\nworkdir: quick\nrun: echo\n${lines}`);
    await editor.openFile(file);
    await expect(problems.filter({ hasText: problem }).first()).toBeVisible();
    if (name === 'long') await editor.screenshot('aws-marks.dark');
    await editor.run('View: Close Editor');
  }
  await editor.run('View: Toggle Panel Visibility');
  expect(aws.asked('CreateTrainingJob')).toHaveLength(asked);
});

test('a role that is gone is said where the job was submitted', async () => {
  const { aws, editor } = account;
  const RoleName = aws.roleArn.slice(aws.roleArn.lastIndexOf('/') + 1);
  await aws.clientsOf().iam.send(new DeleteRoleCommand({ RoleName }));
  write(editor, 'roleless.job.yaml', `name: roleless\nresources: {infra: ${place}}\nrun: echo up\n`);
  await editor.openFile('roleless.job.yaml');
  await editor.run('Trainyard: Submit Job…');
  await editor.take(place);
  await editor.dialog('Submit roleless').getByRole('button', { name: 'Submit' }).click();
  await expect(editor.notification('role')).toBeVisible();
  await editor.screenshot('aws-no-role.dark');
});
