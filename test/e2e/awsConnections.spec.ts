import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { FakeSso } from '../fakes/aws/fakeSso';
import { ScriptedAws } from '../fakes/aws/scriptedAws';
import { Editor } from './harness/editor';
import { newWorkspace, type Workspace } from './harness/workspace';

let folder = '';
let aws: ScriptedAws;
let sso: FakeSso;
let workspace: Workspace;
let editor: Editor;

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-aws-e2e-'));
  [aws, sso] = await Promise.all([ScriptedAws.start(), FakeSso.start()]);
  writeFileSync(
    join(folder, 'config'),
    '[profile work]\nregion = eu-central-1\nsso_session = company\nsso_account_id = 123456789012\nsso_role_name = Engineer\n' +
      '[sso-session company]\nsso_start_url = https://company.awsapps.com/start\nsso_region = eu-west-1\n',
  );
  aws.answer(({ operation, headers }) => {
    const known = sso.tokens.has(String(headers['x-amz-security-token']));
    if (!known) return { ...xml(refused('ExpiredToken')), status: 403 };
    return operation === 'GetCallerIdentity' ? xml(identity) : xml(simulated);
  });
  workspace = newWorkspace();
  editor = await Editor.start(workspace, {
    env: {
      HOME: folder,
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: aws.url,
      AWS_ENDPOINT_URL_SSO: sso.url,
      AWS_ENDPOINT_URL_SSO_OIDC: sso.url,
    },
  });
});

test.afterAll(async () => {
  await editor.stop();
  await Promise.all([aws.stop(), sso.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

test('an AWS account is chosen from the AWS config, signed in to, added, checked and removed', async () => {
  // Whoever looks for AWS in the palette finds it, and needs no mouse for the rest.
  await editor.page.keyboard.press('F1');
  await editor.input.fill('>aws');
  await editor.take('Trainyard: Add Connection to AWS or SSH…');
  for (const [shown, typed] of [
    ['AWS Account', 'aws'],
    ['work', 'work'],
    ['eu-central-1', 'eu-c'],
  ] as const) {
    await expect(editor.quickPick(shown).first()).toBeVisible();
    await editor.screenshot(`aws-add-${typed}.dark`);
    await editor.input.fill(typed);
    await expect(editor.quickPick().first()).toContainText(shown);
    await editor.page.keyboard.press('Enter');
  }
  // The sign-in of the profile was never made.
  const page = editor.dialog('Sign in to AWS at https://company.awsapps.com/start');
  await expect(page).toContainText('ABCD-EFGH');
  await editor.screenshot('aws-sign-in.dark');
  await page.getByRole('button', { name: 'Copy Address' }).click();
  const missing = editor.notification('1 permission is missing');
  await expect(missing).toBeVisible();
  await expect(missing).toContainText('You can’t store code and results in S3: s3:PutObject');
  await editor.screenshot('aws-missing.dark');
  await missing.getByRole('button', { name: 'Open Permission Policy' }).click();
  await expect(editor.page.locator('.editor-container')).toContainText('sagemaker:CreateTrainingJob');

  await editor.run('Trainyard: Remove Connection…');
  await editor.choose('aws/eu-central-1@work');
  await editor.dialog('Remove aws/eu-central-1@work?').getByRole('button', { name: 'Remove' }).click();
  await editor.run('Trainyard: Remove Connection…');
  await expect(editor.notification('No connection was added by hand')).toBeVisible();
});

function xml(body: string) {
  return { headers: { 'x-amzn-requestid': 'r' }, body };
}

function refused(code: string): string {
  return `<ErrorResponse><Error><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`;
}

const simulated =
  '<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults><member><EvalActionName>s3:PutObject</EvalActionName><EvalDecision>implicitDeny</EvalDecision></member></EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>';

const identity =
  '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ana</Arn><UserId>A</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>';
