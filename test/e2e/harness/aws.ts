import { FakeAws } from '../../fakes/aws/fakeAws';
import { awsEnvironment } from '../../fakes/aws/testAccount';
import { expect } from './expect';
import { Editor } from './editor';
import { newWorkspace, writeMachineSettings, type Workspace } from './workspace';

/** An editor whose AWS is the fake. */
export class AwsEditor {
  private constructor(
    readonly aws: FakeAws,
    readonly editor: Editor,
    private readonly workspace: Workspace,
  ) {}

  /** `machine` are settings of the computer that the editor's server runs on. */
  static async start(machine: Readonly<Record<string, unknown>> = {}): Promise<AwsEditor> {
    const aws = await FakeAws.start();
    const workspace = newWorkspace();
    writeMachineSettings(workspace.profile, machine);
    const editor = await Editor.start(workspace, { env: awsEnvironment(aws.url) });
    return new AwsEditor(aws, editor, workspace);
  }

  /** Adds the region as a person does, and closes what is said about it. */
  async addRegion(region: string): Promise<void> {
    const { editor } = this;
    await editor.run('Trainyard: Add Connection to AWS or SSH…');
    await editor.choose('AWS Account');
    await editor.choose('Default credentials');
    await editor.choose(region);
    await expect(editor.notification(`aws/${region} is added`)).toBeVisible();
    await editor.run('Notifications: Clear All Notifications');
  }

  /** Everything that was asked of AWS was something that AWS would have understood. */
  async stop(): Promise<void> {
    await this.editor.stop();
    this.workspace.delete();
    const problems = this.aws.problems();
    await this.aws.stop();
    expect(problems).toEqual([]);
  }
}
