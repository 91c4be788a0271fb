import { expect, test } from 'vitest';
import { findFailure } from '../../../src/core/failure/failure';

interface Case {
  /** What the platform said, as `exit.reason`. */
  readonly said: string;
  /** The job wrote this; most of these jobs never began. */
  readonly lines?: readonly string[];
  readonly spot?: true;
  readonly reason: string | RegExp;
  readonly hint?: RegExp;
  readonly noHint?: RegExp;
  readonly error?: string | RegExp;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly node?: number;
  /** `file:line` of the last frame. */
  readonly where?: string;
}

const interrupted = [
  'epoch 4',
  'Traceback (most recent call last):',
  '  File "/opt/ml/code/train.py", line 9, in <module>',
  'SystemExit: got SIGTERM',
];

/** In the style of what the platforms write; account numbers and names are made up. */
const cases: Readonly<Record<string, Case>> = {
  'SageMaker has no such machine free': {
    said: 'CapacityError: Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry using a different ML instance type or after some time.',
    reason: 'The platform has no such machine free in this region now.',
    hint: /another region .* or another instance type/,
    noHint: /use_spot/,
    error: /^CapacityError: Unable to provision/,
  },
  'SageMaker has no such spot machine free': {
    said: 'CapacityError: Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error.',
    spot: true,
    reason: /no such machine free/,
    hint: /set resources\.use_spot to false/,
  },
  'SageMaker, quota of an instance type': {
    said: "ResourceLimitExceeded: The account-level service limit 'ml.p4d.24xlarge for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 2 Instances. Please use AWS Service Quotas to request an increase for this quota.",
    reason: 'The AWS quota “ml.p4d.24xlarge for training job usage” is 0, 0 in use and 2 more asked for.',
    hint: /Service Quotas, Amazon SageMaker, “ml\.p4d\.24xlarge for training job usage”/,
  },
  'EC2, quota of processors': {
    said: 'VcpuLimitExceeded: You have requested more vCPU capacity than your current vCPU limit of 32 allows for the instance bucket that the specified instance type belongs to.',
    reason: 'The AWS quota of vCPUs for this family of instances is 32.',
    hint: /Amazon EC2/,
  },
  'EC2, quota of spot machines': {
    said: 'MaxSpotInstanceCountExceeded: Max spot instance count exceeded',
    reason: /quota of spot instances/,
    hint: /use_spot to false/,
  },
  'SageMaker took a spot machine back, whatever the job wrote then': {
    said: 'Spot instance was interrupted',
    lines: interrupted,
    reason: /took the machine back/,
    hint: /trainyard\.checkpoint/,
  },
  'SageMaker found no spot machine in time': {
    said: 'Training job runtime exceeded MaxWaitTimeInSeconds provided',
    spot: true,
    reason: /longest wait/,
    hint: /use_spot to false/,
  },
  'SageMaker, time limit': {
    said: 'MaxRuntimeExceeded: Training job runtime exceeded MaxRuntimeInSeconds provided',
    reason: 'It reached its time limit.',
  },
  'AWS asks to slow down': {
    said: 'ThrottlingException: Rate exceeded',
    reason: /too many came at once/,
  },
  'AWS, a permission of the person': {
    said: 'AccessDeniedException: User: arn:aws:iam::111122223333:user/ana is not authorized to perform: sagemaker:CreateTrainingJob on resource: arn:aws:sagemaker:eu-west-1:111122223333:training-job/digits because no identity-based policy allows it',
    reason:
      'The permission sagemaker:CreateTrainingJob is missing on arn:aws:sagemaker:eu-west-1:111122223333:training-job/digits.',
    hint: /grant sagemaker:CreateTrainingJob/,
  },
  'AWS, a role that can’t be assumed': {
    said: "ValidationException: Could not assume role arn:aws:iam::111122223333:role/train. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.",
    reason: 'The platform may not use the role arn:aws:iam::111122223333:role/train.',
    hint: /trust policy/,
  },
  'SageMaker, a role that is misspelt': {
    said: "ValidationException: 1 validation error detected: Value 'train' at 'roleArn' failed to satisfy constraint: Member must satisfy regular expression pattern: ^arn:aws[a-z\\-]*:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+$",
    reason: 'The role of the job is not written as AWS wants it.',
    hint: /trainyard\.aws\.role/,
  },
  'SageMaker, a role that one may not hand on': {
    said: 'AccessDeniedException: User: arn:aws:iam::111122223333:user/ana is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/train because no identity-based policy allows the iam:PassRole action',
    reason:
      'You may not hand the role arn:aws:iam::111122223333:role/train to SageMaker: the permission iam:PassRole is missing.',
    hint: /grant iam:PassRole/,
  },
  'SageMaker, an image that is not there': {
    said: 'ValidationException: Requested image 763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:0.1 not found.',
    reason:
      'There is no such container image: 763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:0.1.',
    hint: /trainyard\.aws\.image/,
  },
  'SageMaker, a repository that is not there': {
    said: 'ValidationException: Cannot find repository: mine/train in registry ID: 111122223333 Please check if your ECR repository exists and role arn:aws:iam::111122223333:role/train has proper pull permissions for SageMaker: ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer',
    reason: /no repository mine\/train of images in account 111122223333/,
    hint: /trainyard\.aws\.image/,
  },
  'SageMaker, an image that is not one': {
    said: 'ValidationException: Invalid training image. Please provide a valid Amazon Elastic Container Registry path of the Docker image to run.',
    reason: 'There is no such container image.',
    hint: /trainyard\.aws\.image/,
  },
  'SageMaker, a type that the region does not have': {
    said: 'ResourceLimitExceeded: The requested resource training-job/ml.p2.xlarge is not available in this region',
    reason: 'SageMaker does not train on ml.p2.xlarge in this region.',
    hint: /resources\.instance_type/,
  },
  'SageMaker, a type that it does not train on': {
    said: "ValidationException: 1 validation error detected: Value 'ml.t2.medium' at 'resourceConfig.instanceType' failed to satisfy constraint: Member must satisfy enum value set: [ml.p2.xlarge, ml.m5.4xlarge]",
    reason: 'SageMaker does not train on ml.t2.medium in this region.',
    hint: /resources\.infra/,
  },
  'SageMaker, a role that it found closed once the job began': {
    said: "ClientError: SageMaker was unable to assume the role 'arn:aws:iam::111122223333:role/train'",
    reason: 'The platform may not use the role arn:aws:iam::111122223333:role/train.',
    hint: /trainyard\.aws\.role/,
  },
  'SageMaker, a role without the trust': {
    said: "ClientError: TrainingHostAgent Initialization failed:InvalidInputException: SageMaker is unable to perform: sts:AssumeRole on the role. Check if you have a trust relationship for 'sagemaker.amazonaws.com' to assume the role.",
    reason: 'The platform may not use the role of the job.',
    hint: /trust policy/,
  },
  'SageMaker, a network without a way to S3': {
    said: "ClientError: Data download failed:Please ensure that the subnet's route table has a route to an S3 VPC endpoint or a NAT device, and both the security groups and the subnet's network ACL allow outbound traffic to S3",
    reason: 'The job’s network has no way to S3.',
    hint: /trainyard\.aws\.subnets/,
  },
  'SageMaker, a subnet that is not there': {
    said: "ValidationException: The subnet ID 'subnet-0a1b2c3d' does not exist",
    reason: /network that the job names is not there/,
    hint: /of one VPC/,
  },
  'S3, a KMS key that is not there': {
    said: 'KMS.NotFoundException: Invalid keyId mine',
    reason: 'The KMS key can’t be used.',
    hint: /trainyard\.aws\.kms_key/,
  },
  'SageMaker, a KMS key that is closed': {
    said: 'ClientError: User: arn:aws:sts::111122223333:assumed-role/train/SageMaker is not authorized to perform: kms:CreateGrant on resource: arn:aws:kms:us-east-1:111122223333:key/1 because no resource-based policy allows the kms:CreateGrant action',
    reason: 'The KMS key can’t be used: the permission kms:CreateGrant is missing.',
    hint: /enabled/,
  },
  'SageMaker, an image that it may not pull': {
    said: 'ClientError: Access denied for repository: mine in registry: 111122223333. Please check if your ECR repository and image exist and role has proper pull permissions for SageMaker: ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer',
    reason: /registry did not let the platform in/,
    hint: /ecr:BatchGetImage/,
  },
  'SageMaker, out of memory': {
    said: 'ClientError: Please use an instance type with more memory, or reduce the size of job data processed on an instance.',
    reason: /out of memory/,
    hint: /resources\.memory/,
  },
  'SageMaker, a disk that is too small for the data': {
    said: 'ClientError: Data download failed:Failed to download data. [Errno 28] No space left on device: /opt/ml/input/data/mount-1/a.bin',
    reason: 'The input data does not fit on the machine’s disk.',
    hint: /resources\.disk_size/,
  },
  'SageMaker, a subnet without addresses': {
    said: 'ClientError: InsufficientFreeAddressesInSubnet: The specified subnet does not have enough free addresses to satisfy the request.',
    reason: /too few free addresses/,
    hint: /trainyard\.aws\.subnets/,
  },
  'SageMaker, what the launcher wrote about a node that failed': {
    said: 'AlgorithmError: node 1: exited with status 3, exit code: 3',
    lines: [
      'Traceback (most recent call last):',
      '  File "/tmp/trainyard/workdir/train.py", line 3, in <module>',
      "KeyError: 'label'",
    ],
    reason: "KeyError: 'label'",
    exitCode: 3,
    where: '/tmp/trainyard/workdir/train.py:3',
  },
  'SageMaker, data that is not there': {
    said: 'ClientError: Data download failed:No S3 objects found under S3 URL "s3://digits/train" given in input data source.',
    reason: /input data was not found/,
  },
  'SageMaker, the job’s own error without a log': {
    said: 'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "Traceback (most recent call last)\n File "/opt/ml/code/train.py", line 7, in <module>\n main()\nValueError: could not read shard 3"\nCommand "/opt/conda/bin/python3 train.py --epochs 1", exit code: 1',
    reason: 'ValueError: could not read shard 3.',
    exitCode: 1,
  },
  'SageMaker, the job’s own error: what it quotes is no word of the platform': {
    said: 'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the GetObject operation"\nCommand "python3 train.py", exit code: 1',
    lines: [
      'Traceback (most recent call last):',
      '  File "/opt/ml/code/train.py", line 3, in <module>',
      'botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the GetObject operation',
    ],
    reason: /^botocore\.exceptions\.ClientError/,
    exitCode: 1,
    where: '/opt/ml/code/train.py:3',
  },
  'SageMaker, killed': {
    said: 'AlgorithmError: , exit code: 137',
    reason: /SIGKILL, most likely because the machine ran out of memory/,
    signal: 'SIGKILL',
  },
  'Azure, quota of a VM family': {
    said: 'QuotaExceeded: Operation could not be completed as it results in exceeding approved standardNDASv4_A100Family Cores quota. Additional details - Deployment Model: Resource Manager, Location: eastus, Current Limit: 96, Current Usage: 96, Additional Required: 192, (Minimum) New Limit Required: 288. Submit a request for Quota increase.',
    reason:
      'The Azure quota “standardNDASv4_A100Family Cores” in eastus is 96, 96 in use and 192 more asked for.',
    hint: /“standardNDASv4_A100Family Cores” in eastus under Quotas/,
  },
  'Azure ML, a cluster whose first node is beyond the quota': {
    said: '{"error":{"code":"ClusterMinNodesExceedCoreQuota","message":"The specified subscription has a Standard NCv3 Family vCPU quota of 0 and cannot accommodate for at least 1 requested managed compute node which maps to 6 vCPUs."}}',
    reason: 'The Azure quota “Standard NCv3 Family” is 0 vCPUs, and one node needs 6.',
    hint: /“Standard NCv3 Family vCPUs”/,
  },
  'Azure has no such machine free': {
    said: '{"error":{"code":"AllocationFailed","message":"Allocation failed. We do not have sufficient capacity for the requested VM size in this region."}}',
    reason: /no such machine free/,
    hint: /larger quota does not help/,
  },
  'Azure ML took a low-priority node back': {
    said: 'The job was preempted because its low priority node was taken by the platform.',
    lines: interrupted,
    reason: /took the machine back/,
  },
  'Azure ML could not build the image': {
    said: '{"error":{"code":"UserError","severity":null,"message":"Image build failed. For more details, check log file azureml-logs/20_image_build_log.txt.","innerError":{"code":"BadArgument","innerError":{"code":"ImageBuildFailure","innerError":null}}}}',
    reason: 'The platform could not build the container image.',
    hint: /image build log/,
  },
  'Azure ML, the job’s own error in JSON in JSON': {
    said: JSON.stringify({
      error: {
        code: 'UserError',
        message: JSON.stringify({
          NonCompliant:
            "Execution failed. User process '/bin/bash' exited with status code 1. Please check log file 'user_logs/std_log.txt' for error details. Error: Traceback (most recent call last):\n  File \"/mnt/azureml/cr/j/0a1b/exe/wd/train.py\", line 12, in <module>\n    load()\nKeyError: 'label'\n",
        }),
      },
    }),
    reason: "KeyError: 'label'",
    error: "KeyError: 'label'",
    exitCode: 1,
    where: '/mnt/azureml/cr/j/0a1b/exe/wd/train.py:12',
  },
  'Vertex, quota': {
    said: '8 RESOURCE_EXHAUSTED: The following quota metrics exceed quota limits: aiplatform.googleapis.com/custom_model_training_nvidia_a100_gpus',
    reason:
      'The Google Cloud quota aiplatform.googleapis.com/custom_model_training_nvidia_a100_gpus is used up or too small.',
    hint: /IAM & Admin, Quotas/,
  },
  'Compute Engine, quota with its limit and region': {
    said: "Quota 'NVIDIA_A100_GPUS' exceeded.  Limit: 8.0 in region us-central1.",
    reason: 'The Google Cloud quota NVIDIA_A100_GPUS in us-central1 is only 8.',
    hint: /NVIDIA_A100_GPUS in us-central1/,
  },
  'Vertex, no such machine free in the zone': {
    said: "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS: The zone 'projects/p/zones/us-central1-a' does not have enough resources available to fulfill the request.",
    reason: /no such machine free/,
  },
  'Vertex, stockout': {
    said: 'Resources are insufficient in region: europe-west4. Please try a different region.',
    reason: /no such machine free/,
  },
  'Vertex, a permission': {
    said: "7 PERMISSION_DENIED: Permission 'aiplatform.customJobs.create' denied on resource '//aiplatform.googleapis.com/projects/p/locations/us-central1' (or it may not exist).",
    reason: 'The permission aiplatform.customJobs.create is missing.',
  },
  'Vertex, a replica that failed': {
    said: 'The replica workerpool1-2 exited with a non-zero status of 1. To find out more about why your job exited please check the logs.',
    lines: [
      'Traceback (most recent call last):',
      '  File "/workspace/a.py", line 2, in <module>',
      'ValueError: no',
    ],
    reason: 'ValueError: no',
    exitCode: 1,
    node: 3,
    where: '/workspace/a.py:2',
  },
  'Vertex, a replica that failed and wrote nothing': {
    said: 'The replica workerpool0-0 exited with a non-zero status of 1. To find out more about why your job exited please check the logs.',
    reason: /^The replica workerpool0-0 exited with a non-zero status of 1/,
    exitCode: 1,
    node: 0,
  },
  'Vertex, the end of the log in its message': {
    said: 'The replica workerpool0-0 exited with a non-zero status of 1. Termination reason: Error. Termination log message: Traceback (most recent call last):\n  File "/workspace/train.py", line 5, in <module>\nZeroDivisionError: division by zero\n',
    reason: 'ZeroDivisionError: division by zero',
    exitCode: 1,
    node: 0,
    where: '/workspace/train.py:5',
  },
  'Vertex, out of memory': {
    said: 'The replica workerpool0-1 ran out-of-memory and exited with a non-zero status of 137(SIGKILL).',
    lines: ['epoch 1', 'epoch 2'],
    reason: 'The machine ran out of memory, and the system killed the job.',
    signal: 'SIGKILL',
    node: 1,
    hint: /resources\.memory/,
  },
  'Vertex took a spot machine back': {
    said: 'The replica workerpool0-0 was preempted and exited with a non-zero status of 143.',
    reason: /took the machine back/,
    signal: 'SIGTERM',
    node: 0,
  },
  'SLURM, a limit of the account': {
    said: 'sbatch: error: QOSMaxGRESPerUser: Batch job submission failed: Job violates accounting/QOS policy',
    reason: 'A limit of your account on this cluster is reached (QOSMaxGRESPerUser).',
  },
  'SSH, a machine that is off': {
    said: 'ssh: connect to host gpu-1 port 22: Connection refused',
    reason: 'gpu-1 did not answer on port 22: connection refused.',
  },
  'SSH, a key': {
    said: 'ana@gpu-1: Permission denied (publickey,password).',
    reason: /did not accept your SSH key/,
  },
  'SSH, a name': {
    said: 'ssh: Could not resolve hostname gpu-9: Name or service not known',
    reason: 'No machine of the name gpu-9 was found.',
  },
  'a machine that was lost': {
    said: 'slurmstepd: error: *** JOB 7 ON gpu-1 CANCELLED AT 2026-11-24T10:00:00 DUE TO NODE FAILURE ***',
    reason: 'The machine failed under the job.',
  },
  'words that nobody knows': {
    said: 'the flux was not compensated',
    reason: 'The flux was not compensated.',
  },
};

test.each(Object.entries(cases))('%s', (_, wanted) => {
  const { said, lines = [], spot = false } = wanted;
  const failure = findFailure({ reason: said }, lines, 0, { spot });
  if (typeof wanted.reason === 'string') expect(failure.reason).toBe(wanted.reason);
  else expect(failure.reason).toMatch(wanted.reason);
  const hints = failure.hints.join('\n');
  if (wanted.hint) expect(hints).toMatch(wanted.hint);
  if (wanted.noHint) expect(hints).not.toMatch(wanted.noHint);
  if (wanted.error !== undefined) expect(failure.error).toMatch(wanted.error);
  expect(failure.node).toBe(wanted.node);
  if (wanted.exitCode !== undefined) expect(failure.exitCode).toBe(wanted.exitCode);
  expect(failure.signal).toBe(wanted.signal);
  const last = failure.frames.at(-1);
  expect(last && `${last.file}:${last.line}`).toBe(wanted.where);
  // The lines of a log that exists have their numbers there, those of the platform's text have none.
  expect(failure.firstLine !== undefined).toBe(lines.length > 0);
});

test('the exit that the platform gave apart from its text is believed, not the text', () => {
  const failure = findFailure({ code: 3, reason: 'exited with code 4', node: 2 }, [], 0);
  expect(failure).toMatchObject({ exitCode: 3, node: 2 });
});

test('a text that is huge or broken JSON is shown cut, soon', () => {
  for (const said of [
    '{"error":'.repeat(50_000),
    '['.repeat(50_000),
    '{"message": "half',
    `x${'y'.repeat(1e6)}`,
  ]) {
    const before = performance.now();
    const failure = findFailure({ reason: said }, [], 0);
    expect(failure.reason.length).toBeLessThan(600);
    expect(performance.now() - before).toBeLessThan(2000);
  }
});
