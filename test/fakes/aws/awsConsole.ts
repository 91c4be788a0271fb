import {
  CreateLaunchTemplateCommand,
  EC2Client,
  RunInstancesCommand,
  StopInstancesCommand,
  type _InstanceType,
} from '@aws-sdk/client-ec2';
import { CreateNotebookInstanceCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { FakeAws } from './fakeAws';
import { testKeys } from './testAccount';

/** What a person does to a fake's account in the console of AWS. */
export class AwsConsole {
  private readonly ec2: EC2Client;
  private readonly sagemaker: SageMakerClient;

  constructor(
    private readonly aws: FakeAws,
    region: string,
  ) {
    const config = { endpoint: aws.url, region, credentials: testKeys };
    this.ec2 = new EC2Client(config);
    this.sagemaker = new SageMakerClient(config);
  }

  /** An instance that runs. Gives its id and public address. */
  async run(
    type: _InstanceType,
    tags: Readonly<Record<string, string>>,
  ): Promise<{ readonly id: string; readonly address: string }> {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const { Instances: [one] = [] } = await this.ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-1e749f67',
        InstanceType: type,
        MinCount: 1,
        MaxCount: 1,
        TagSpecifications: [{ ResourceType: 'instance', Tags }],
      }),
    );
    return { id: one?.InstanceId ?? '', address: one?.PublicIpAddress ?? '' };
  }

  async stop(id: string): Promise<void> {
    await this.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
  }

  async template(name: string, type: _InstanceType): Promise<void> {
    const data = { InstanceType: type, ImageId: 'ami-1e749f67' };
    await this.ec2.send(
      new CreateLaunchTemplateCommand({ LaunchTemplateName: name, LaunchTemplateData: data }),
    );
  }

  async notebook(name: string): Promise<void> {
    await this.sagemaker.send(
      new CreateNotebookInstanceCommand({
        NotebookInstanceName: name,
        InstanceType: 'ml.p3.2xlarge',
        RoleArn: this.aws.roleArn,
      }),
    );
  }
}
