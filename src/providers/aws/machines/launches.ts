import type { ResponseLaunchTemplateData, RunInstancesRequest } from '@aws-sdk/client-ec2';
import { ProviderError, type ErrorKind } from '../../../core/errors';
import type { InstanceLaunch, LaunchTemplate } from '../../../core/instance';
import { ec2HourlyUsd, ec2List } from '../../../core/prices/ec2Machines';
import type { Offer } from '../../../core/provider';
import type { AwsAccount } from '../account/account';
import type { Ec2Instances } from './ec2Instances';
import type { LaunchIntents } from './launchIntents';

const refusals: ReadonlySet<ErrorKind> = new Set(['auth', 'forbidden', 'invalid', 'quota']);

/** New EC2 instances from the account's launch templates, in their default version. */
export class Launches {
  constructor(
    private readonly account: AwsAccount,
    private readonly ec2: Ec2Instances,
    private readonly intents: LaunchIntents,
  ) {}

  async templates(signal: AbortSignal): Promise<readonly LaunchTemplate[]> {
    const found: LaunchTemplate[] = [];
    let token: string | undefined;
    do {
      const page = await this.account.ask(
        'ec2',
        'The launch templates can’t be listed',
        (sdk, client, options) =>
          client.send(
            new sdk.DescribeLaunchTemplatesCommand({
              MaxResults: 200,
              ...(token !== undefined && { NextToken: token }),
            }),
            options,
          ),
        signal,
      );
      for (const {
        LaunchTemplateId: id = '',
        LaunchTemplateName: label = id,
        CreatedBy,
      } of page.LaunchTemplates ?? [])
        found.push({ id, label, detail: CreatedBy === undefined ? id : `${id}, by ${CreatedBy}` });
      token = page.NextToken === '' ? undefined : page.NextToken;
    } while (token !== undefined);
    return found;
  }

  async offer(launch: InstanceLaunch, signal: AbortSignal): Promise<Offer> {
    const { data } = await this.version(launch.template, signal);
    const { connection, region } = this.account;
    const { InstanceType: type } = data;
    const usd = type === undefined ? null : ec2HourlyUsd(type);
    const why = refusal(launch, data);
    const gpus =
      type === undefined || why !== undefined ? undefined : (await this.ec2.gpus([type], signal)).get(type);
    return {
      connection,
      region,
      instanceType: type ?? null,
      nodes: 1,
      accelerators: gpus?.replace(/^(\d+)×(.+)$/, '$2:$1') ?? null,
      spot: isSpot(data),
      hourlyUsd: usd,
      pricesAsOf: usd === null ? null : ec2List.asOf,
      possible: why === undefined,
      why: why ?? notes(launch, data, region).join(' '),
      ...(launch.maxHours !== null && { stopsAfter: launch.maxHours * 3600 }),
    };
  }

  /** Gives the instance's own id once AWS has it. */
  async launch(launch: InstanceLaunch, signal: AbortSignal): Promise<string> {
    const { account, intents } = this;
    const { data, version } = await this.version(launch.template, signal);
    const why = refusal(launch, data);
    if (why !== undefined) throw new ProviderError('invalid', why);
    const { token, again } = await intents.begin(account.connection, launch);
    const earlier = again ? await this.earlier(token, signal) : undefined;
    try {
      const id = earlier ?? (await this.run(launch, data, version, token, signal));
      await intents.end(account.connection, launch);
      return id;
    } catch (error) {
      // AWS has said no: the next try is another launch. After anything else nobody knows whether there is one.
      if (error instanceof ProviderError && refusals.has(error.kind))
        await intents.end(account.connection, launch);
      throw error;
    }
  }

  /** What an earlier try made, of whose answer nobody heard. */
  private async earlier(token: string, signal: AbortSignal): Promise<string | undefined> {
    const [found] = await this.ec2.tagged('trainyard:launch', token, signal);
    return found?.InstanceId;
  }

  private async run(
    launch: InstanceLaunch,
    data: ResponseLaunchTemplateData,
    version: string,
    token: string,
    signal: AbortSignal,
  ): Promise<string> {
    const { Instances = [] } = await this.account.ask(
      'ec2',
      'The EC2 instance can’t be launched',
      (sdk, client, options) =>
        client.send(new sdk.RunInstancesCommand(runRequest(launch, data, version, token)), options),
      signal,
    );
    const id = Instances[0]?.InstanceId;
    if (id === undefined)
      throw new ProviderError(
        'unavailable',
        'AWS launched an EC2 instance and did not say which. Look at the list before you launch another.',
      );
    return id;
  }

  private async version(
    template: string,
    signal: AbortSignal,
  ): Promise<{ readonly data: ResponseLaunchTemplateData; readonly version: string }> {
    const { LaunchTemplateVersions: [found] = [] } = await this.account.ask(
      'ec2',
      'The launch template can’t be read',
      (sdk, client, options) =>
        client.send(
          new sdk.DescribeLaunchTemplateVersionsCommand({
            LaunchTemplateId: template,
            Versions: ['$Default'],
          }),
          options,
        ),
      signal,
    );
    if (!found?.LaunchTemplateData)
      throw new ProviderError(
        'notFound',
        `There is no such launch template in ${this.account.region}: ${template}`,
      );
    // The very version that was looked at: the default one may change meanwhile.
    return { data: found.LaunchTemplateData, version: String(found.VersionNumber ?? '$Default') };
  }
}

export function runRequest(
  { template, name, maxHours }: InstanceLaunch,
  data: ResponseLaunchTemplateData,
  version: string,
  token: string,
): RunInstancesRequest {
  const tags = { Name: name, 'trainyard:launch': token, 'trainyard:version': '1' };
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    LaunchTemplate: { LaunchTemplateId: template, Version: version },
    MinCount: 1,
    MaxCount: 1,
    ClientToken: token,
    // So that its own poweroff, by the cap or the watchdog, ends the bill and keeps the disk. Of a spot instance that is asked for once AWS
    // takes nothing but terminating.
    ...(!isSpot(data) && { InstanceInitiatedShutdownBehavior: 'stop' }),
    TagSpecifications: [
      { ResourceType: 'instance', Tags },
      { ResourceType: 'volume', Tags },
    ],
    ...(maxHours !== null && { UserData: Buffer.from(cap(maxHours)).toString('base64') }),
  };
}

/** Runs at the first start, before anybody signs in. */
function cap(hours: number): string {
  return `#!/bin/sh\nshutdown -h +${Math.round(hours * 60)}\n`;
}

function isSpot({ InstanceMarketOptions }: ResponseLaunchTemplateData): boolean {
  return InstanceMarketOptions?.MarketType === 'spot';
}

function refusal({ maxHours }: InstanceLaunch, data: ResponseLaunchTemplateData): string | undefined {
  if (data.InstanceType === undefined)
    return 'The launch template names no instance type, so nobody knows what it would cost. Name one there.';
  if (maxHours !== null && data.UserData !== undefined && data.UserData !== '')
    return 'The launch template has user data of its own, so that Trainyard can’t put the longest life there. Choose none, and arm the watchdog once it runs.';
  return undefined;
}

function notes(
  { maxHours }: InstanceLaunch,
  data: ResponseLaunchTemplateData,
  region: string,
): readonly string[] {
  return [
    `List price of ${ec2List.asOf}${region === ec2List.region ? '' : ` in ${ec2List.region}; ${region} may differ`}; disks come on top.`,
    ...(isSpot(data) ? ['It is a spot instance, which costs less, and which AWS may take away.'] : []),
    maxHours === null
      ? 'Nothing stops it by itself before its watchdog is armed.'
      : `It powers itself off ${maxHours} h after its first start${isSpot(data) ? ', which deletes it' : ''}; later starts have no such limit.`,
  ];
}
