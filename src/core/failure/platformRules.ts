/** What the job asked its platform for, as far as advice depends on it. */
export interface Asked {
  readonly spot: boolean;
}

type Groups = readonly (string | undefined)[];

/** What a platform's own words mean, and what to do. */
export interface PlatformRule {
  readonly pattern: RegExp;
  /** One sentence. Gets the pattern's groups. */
  readonly reason: (groups: Groups) => string;
  readonly hints: (groups: Groups, asked: Asked) => readonly string[];
}

/** What ends a job before or without its own code being at fault. The first that fits counts: names before generalities. */
export const platformRules: readonly PlatformRule[] = [
  {
    // SageMaker's ResourceLimitExceeded.
    pattern:
      /account-level service limit '([^']{1,200})' is (\S{1,20})(?: \w+)?(?:, with current utilization of (\S{1,20})(?: \w+)?)?(?: and a request delta of (\S{1,20}))?/,
    reason: ([quota = '', limit = '', used, wanted]) =>
      `The AWS quota “${quota}” is ${limit}${numbers([used, 'in use'], [wanted, 'more asked for'])}.`,
    hints: ([quota = '']) => [
      `Ask for more under Service Quotas, Amazon SageMaker, “${quota}”. It counts per region and can take days.`,
      'Or choose another instance type or region, whose quota is separate.',
    ],
  },
  {
    // SageMaker's words for a type that a region, or all of SageMaker, does not have; the first comes as ResourceLimitExceeded.
    pattern:
      /requested resource training-job\/(\S{1,60}) is not available|Unsupported instance type (\S{1,60})|Value '(\S{1,60})' at 'resourceConfig\.instanceType' failed to satisfy constraint/,
    reason: (types) =>
      `SageMaker does not train on ${types.find((type) => type !== undefined) ?? 'this type'} in this region.`,
    hints: () => ['Name another in resources.instance_type, or choose another region with resources.infra.'],
  },
  {
    // Azure's QuotaExceeded and OperationNotAllowed.
    pattern:
      /exceeding approved (.{1,100}?) quota\b.{0,200}?Location: ([\w ]{1,40}), Current Limit: (\d{1,9}), Current Usage: (\d{1,9}), Additional Required: (\d{1,9})/s,
    reason: ([family = '', region = '', limit = '', used, wanted]) =>
      `The Azure quota “${family}” in ${region} is ${limit}${numbers([used, 'in use'], [wanted, 'more asked for'])}.`,
    hints: ([family = '', region = '']) => azureQuota(`“${family}” in ${region}`),
  },
  {
    // Azure ML's ClusterMinNodesExceedCoreQuota.
    pattern:
      /has an? (.{1,100}?) (?:vCPU|core) quota of (\d{1,9}) and cannot accommodate.{0,200}?maps to (\d{1,9}) (?:vCPU|core)s?/s,
    reason: ([family = '', limit = '', wanted = '']) =>
      `The Azure quota “${family}” is ${limit} vCPUs, and one node needs ${wanted}.`,
    hints: ([family = '']) => azureQuota(`“${family} vCPUs”`),
  },
  {
    // Vertex, RESOURCE_EXHAUSTED.
    pattern: /quota metrics exceed quota limits:\s*([\w./-]{1,200})/,
    reason: ([quota = '']) => `The Google Cloud quota ${quota} is used up or too small.`,
    hints: ([quota = '']) => googleQuota(quota),
  },
  {
    pattern: /Quota '([^']{1,200})' exceeded\.?(?:\s+Limit: ([\d.]{1,12}))?(?: in region ([\w-]{1,40}))?/,
    reason: ([quota = '', limit, region]) =>
      `The Google Cloud quota ${quota}${region ? ` in ${region}` : ''} is ${limit ? `only ${Number(limit)}` : 'used up'}.`,
    hints: ([quota = '', , region]) => googleQuota(region ? `${quota} in ${region}` : quota),
  },
  {
    // EC2's VcpuLimitExceeded.
    pattern: /vCPU (?:capacity than your current vCPU )?limit of (\d{1,9})/,
    reason: ([limit = '']) => `The AWS quota of vCPUs for this family of instances is ${limit}.`,
    hints: () => [
      'Ask for more under Service Quotas, Amazon EC2: “Running On-Demand … instances” of this family, or “All … Spot Instance Requests”.',
      'Or choose another family or region, whose quota is separate.',
    ],
  },
  {
    pattern: /MaxSpotInstanceCountExceeded/,
    reason: () => 'The AWS quota of spot instances is used up.',
    hints: () => [
      'Ask for more under Service Quotas, Amazon EC2: “All … Spot Instance Requests” of this family.',
      'Or set resources.use_spot to false, which uses the quota of on-demand instances.',
    ],
  },
  {
    // SLURM's reasons for a job that waits or is refused.
    pattern: /\b((?:QOS|Assoc)(?:Max|Grp)\w{1,60})/,
    reason: ([limit = '']) => `A limit of your account on this cluster is reached (${limit}).`,
    hints: () => [
      'Wait for your other jobs, ask for fewer GPUs or nodes, or ask the cluster’s administrators.',
    ],
  },
  {
    pattern:
      /spot (?:instance|training|machine|VM|capacity|request).{0,80}?(?:interrupt|terminat|reclaim)|SpotInstanceTermination|\bpreempt(?:ed|ion)\b/i,
    reason: () => 'The platform took the machine back: spot and low-priority machines can go at any time.',
    hints: () => [
      'Submit again: with checkpoints (trainyard.checkpoint) the job goes on from the last one.',
      'To be left alone, set resources.use_spot to false; other regions and types are taken back less often.',
    ],
  },
  {
    pattern: /MaxWaitTime/,
    reason: () => 'Waiting for spot machines and running took longer than the longest wait that was set.',
    hints: () => [
      'Try another region or instance type, or set resources.use_spot to false.',
      'With checkpoints (trainyard.checkpoint) the next try goes on from the last one.',
    ],
  },
  {
    pattern:
      /InsufficientInstanceCapacity|InsufficientCapacity|\bCapacityError\b|Unable to provision requested ML compute capacity|sufficient (?:\S{1,40} )?capacity|AllocationFailed|Allocation failed|OverconstrainedAllocation|SkuNotAvailable|ZONE_RESOURCE_POOL_EXHAUSTED|enough resources available|Resources are insufficient|\bstock-?out\b|out of stock/i,
    reason: () => 'The platform has no such machine free in this region now.',
    hints: (_, { spot }) => [
      'Try another region (resources.infra) or another instance type; where any will do, list several under resources.any_of.',
      ...(spot ? ['On-demand machines are easier to get: set resources.use_spot to false.'] : []),
      'Or submit again later: capacity comes back. A larger quota does not help here.',
    ],
  },
  {
    // SageMaker’s words for a machine whose memory or disk was too small.
    pattern: /use an instance type with more memory/i,
    reason: () => 'The machine ran out of memory.',
    hints: () => [
      'Ask for more with resources.memory or a larger resources.instance_type, or use a smaller batch.',
    ],
  },
  {
    pattern:
      /Data download failed.{0,300}(?:No space left on device|Insufficient disk space)|use an instance type with more disk/is,
    reason: () => 'The input data does not fit on the machine’s disk.',
    hints: () => [
      'Ask for a larger disk with resources.disk_size; types with a disk of their own have that and no other.',
      'Or have the data read as it is needed: mode MOUNT under file_mounts.',
    ],
  },
  {
    pattern: /not authorized to perform:? iam:PassRole(?: on resource:? (\S{1,300}))?/,
    reason: ([role]) =>
      `You may not hand the role ${role?.replace(/[.,]$/, '') ?? 'of the job'} to SageMaker: the permission iam:PassRole is missing.`,
    hints: () => [
      'Ask whoever administers the account to grant iam:PassRole on that role to you, or name another in trainyard.aws.role.',
    ],
  },
  {
    // SageMaker’s check of a request’s RoleArn.
    pattern: /at 'roleArn' failed to satisfy constraint|RoleArn:? (?:is invalid|\S{1,300} is not valid)/i,
    reason: () => 'The role of the job is not written as AWS wants it.',
    hints: () => [
      'Name it in trainyard.aws.role by its ARN, such as arn:aws:iam::111122223333:role/train, or by its name alone.',
    ],
  },
  {
    pattern: /Requested image (\S{1,300}) not found/,
    reason: ([image = '']) => `There is no such container image: ${image}.`,
    hints: () => imageHints,
  },
  {
    pattern: /Cannot find repository:? (\S{1,200}) in registry ID:? (\d{12})/,
    reason: ([name = '', registry = '']) =>
      `There is no repository ${name} of images in account ${registry}, or the job’s role may not look into it.`,
    hints: () => imageHints,
  },
  {
    pattern: /Cannot find the requested image|Invalid training image|ECR image "?\S{1,300}"? is invalid/,
    reason: () => 'There is no such container image.',
    hints: () => imageHints,
  },
  {
    pattern: /Access denied for (?:repository|registry)\b|ECRAccessDenied/i,
    reason: () => 'The container image could not be pulled: its registry did not let the platform in.',
    hints: () => [
      'Check that the job’s role may pull from that registry (ecr:BatchGetImage, ecr:GetDownloadUrlForLayer), and that the registry’s own policy allows the account.',
    ],
  },
  {
    pattern: /InsufficientFreeAddressesInSubnet|(?:not enough|insufficient) free (?:IP )?addresses/i,
    reason: () => 'The subnet has too few free addresses for the machines.',
    hints: () => ['Name a larger subnet, or more of them, in trainyard.aws.subnets.'],
  },
  {
    pattern:
      /(?:Could not|unable to) assume (?:the )?role '?(\S{1,300}?)'?[.,]?(?:\s|$)|unable to perform: sts:AssumeRole on the role/,
    reason: ([role = 'of the job']) => `The platform may not use the role ${role}.`,
    hints: () => [
      'Check that the role exists, and that its trust policy lets sagemaker.amazonaws.com assume it, or name another in trainyard.aws.role.',
    ],
  },
  {
    // SageMaker’s words for a network without a way to S3, before those for data that is not there.
    pattern: /route to an S3 VPC endpoint/i,
    reason: () => 'The job’s network has no way to S3.',
    hints: () => [
      'Give the subnets of trainyard.aws.subnets a gateway endpoint for S3, or a NAT, in their route table, and let trainyard.aws.security_groups out to it.',
    ],
  },
  {
    pattern:
      /\bsubnet(?:-[0-9a-f]{8,17}|s|Id)?\b.{0,100}?(?:not exist|not found|invalid|different (?:VPC|network))|security ?group.{0,100}?(?:not exist|not found|invalid|belong)/i,
    reason: () => 'The network that the job names is not there, or its parts don’t belong together.',
    hints: () => [
      'Check trainyard.aws.subnets and trainyard.aws.security_groups: all are of one VPC, in the job’s region and account.',
    ],
  },
  {
    pattern: /\bKMS\.\w{1,60}Exception|not authorized to perform:? (kms:\w{1,60})|\bKMS key\b|Invalid keyId/,
    reason: ([action]) =>
      action === undefined
        ? 'The KMS key can’t be used.'
        : `The KMS key can’t be used: the permission ${action} is missing.`,
    hints: () => [
      'Check trainyard.aws.kms_key: the key has to be in the job’s region and enabled, and to allow you and the job’s role kms:CreateGrant, kms:Decrypt and kms:GenerateDataKey.',
    ],
  },
  {
    pattern:
      /ExpiredToken|(?:token|credentials?) (?:has|have|is|are) expired|\bUNAUTHENTICATED\b|InvalidAuthenticationToken/i,
    reason: () => 'Your sign-in to the platform has expired.',
    hints: () => ['Sign in again, and submit again.'],
  },
  {
    pattern:
      /not authorized to perform:? ([\w:*-]{1,100})(?: on resource:? (\S{1,300}))?|Permission '([^']{1,100})' denied|authorization to perform action '([^']{1,200})'/,
    reason: ([aws, resource, google, azure]) =>
      `The permission ${aws ?? google ?? azure ?? ''} is missing${resource ? ` on ${resource.replace(/[.,]$/, '')}` : ''}.`,
    hints: ([aws, , google, azure]) => [
      `Ask whoever administers the account to grant ${aws ?? google ?? azure ?? 'it'} to you, or to the role that the job runs as.`,
    ],
  },
  {
    pattern: /AccessDenied|PERMISSION_DENIED|AuthorizationFailed|\b403 Forbidden/,
    reason: () => 'The platform refused it: a permission is missing.',
    hints: () => [
      'Check the role that the job runs as, and what it may read and write (data, images, outputs).',
    ],
  },
  {
    pattern: /Throttl(?:ing|ed)|Rate exceeded|TooManyRequests|RateLimitExceeded/,
    reason: () => 'The platform refused the call because too many came at once.',
    hints: () => ['Submit again in a minute; start fewer jobs at once.'],
  },
  {
    pattern:
      /ResourceLimitExceeded|LimitExceeded\b|Quota ?Exceeded|ExceedCoreQuota|CoreQuotaReached|quota.{0,60}exceed|exceed.{0,60}quota|RESOURCE_EXHAUSTED(?!: Out of memory)/i,
    reason: () => 'A quota of the account is used up or too small for this job.',
    hints: () => [
      'The platform’s words below say which: ask for more of it in its quota page, or choose another region or instance type, whose quota is separate.',
    ],
  },
  {
    pattern: /ImageBuildFail|Image build failed/i,
    reason: () => 'The platform could not build the container image.',
    hints: () => [
      'Look into the image build log for the first error: most often a package that can’t be installed.',
      'Or start from a ready image (resources.image_id) and install the rest in setup.',
    ],
  },
  {
    pattern:
      /CannotPullContainer|ImagePullBackOff|ErrImagePull|(?:pull|find|access)(?:ing)? (?:the )?(?:container |docker )?image|manifest (?:unknown|for \S{1,300} not found)/i,
    reason: () => 'The container image could not be pulled.',
    hints: () => [
      'Check its name and tag (resources.image_id), and that the job’s role may pull from that registry.',
    ],
  },
  {
    pattern: /No S3 objects found|Data download failed|NoSuchBucket|NoSuchKey/,
    reason: () => 'The input data was not found or could not be downloaded.',
    hints: () => [
      'Check the bucket’s address under file_mounts, its region, and that the job’s role may read it.',
    ],
  },
  {
    pattern:
      /MaxRuntime|DUE TO TIME LIMIT|maximum (?:allowed )?(?:run ?time|duration)|exceeded (?:its |the )?time ?(?:out|limit)/i,
    reason: () => 'It reached its time limit.',
    hints: () => [
      'Set a longer trainyard.guardrails.max_duration, and save checkpoints so that the next run goes on.',
    ],
  },
  {
    pattern:
      /connect to host (\S{1,200}) port (\d{1,5}): (Connection refused|Connection timed out|No route to host)/,
    reason: ([host = '', port = '', why = '']) =>
      `${host} did not answer on port ${port}: ${why.toLowerCase()}.`,
    hints: () => ['Check that the machine is on and that you are in its network (VPN), then submit again.'],
  },
  {
    pattern: /Could not resolve hostname ([^\s:]{1,200})/,
    reason: ([host = '']) => `No machine of the name ${host} was found.`,
    hints: () => ['Check the name in your SSH configuration, and that you are in its network (VPN).'],
  },
  {
    pattern:
      /Permission denied \((?:publickey|password|keyboard-interactive)|All configured authentication methods failed/,
    reason: () => 'The machine did not accept your SSH key.',
    hints: () => [
      'Check the user and the key for it in your SSH configuration: ssh to it in a terminal tells more.',
    ],
  },
  {
    pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    reason: () => 'The machine’s SSH host key is not the known one.',
    hints: () => ['Find out why it changed before you accept it: another machine may answer in its place.'],
  },
  {
    pattern: /NODE[ _]?FAIL(?:URE)?|node (?:was |is )?lost\b|hardware (?:failure|fault)|InstanceHealthCheck/i,
    reason: () => 'The machine failed under the job.',
    hints: () => [
      'Submit again: it will get another machine. With checkpoints it goes on from the last one.',
    ],
  },
  {
    pattern: /InternalServerError|internal (?:server )?error/i,
    reason: () => 'The platform had an internal error.',
    hints: () => ['Submit again. If it stays, look at the platform’s status page.'],
  },
];

const imageHints = [
  'Check its name, tag and region in trainyard.aws.image or resources.image_id: SageMaker pulls from a registry of its own region.',
];

function azureQuota(name: string): readonly string[] {
  return [
    `Ask for more of ${name} under Quotas in Azure Machine Learning studio or the Azure portal.`,
    'Or choose another VM family or region, whose quota is separate. Low-priority (spot) machines have a quota of their own.',
  ];
}

function googleQuota(name: string): readonly string[] {
  return [
    `Ask for more of ${name} under IAM & Admin, Quotas in the Google Cloud console.`,
    'Or choose another region or accelerator. Spot machines have a quota of their own (preemptible_…).',
  ];
}

/** `, 8 in use and 16 more asked for`. */
function numbers(...parts: readonly (readonly [string | undefined, string])[]): string {
  const known = parts.flatMap(([value, what]) => (value === undefined ? [] : [`${value} ${what}`]));
  return known.length === 0 ? '' : `, ${known.join(' and ')}`;
}
