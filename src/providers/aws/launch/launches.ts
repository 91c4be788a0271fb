import type { RunInstancesRequest } from '@aws-sdk/client-ec2';
import { ProviderError, type ErrorKind } from '../../../core/errors';
import type { InstanceLaunch, LaunchQuestion, LaunchSettings, LaunchTemplate } from '../../../core/instance';
import type { Offer } from '../../../core/provider';
import type { AwsAccount } from '../account/account';
import type { Ec2Instances } from '../machines/ec2Instances';
import type { Ec2Prices } from '../prices/ec2Prices';
import type { KeptAnswers } from '../prices/keptAnswers';
import { launchQuestions } from './launchChoices';
import type { LaunchIntents } from './launchIntents';
import { plannedLaunch, type PlannedLaunch } from './plannedLaunch';
import { launchTemplates } from './launchTemplates';

/** With which AWS says no to a launch. A sign-in that has run out says nothing of a request before, whose answer was lost. */
const refusals: ReadonlySet<ErrorKind> = new Set(['forbidden', 'invalid', 'quota']);

export interface LaunchesParts {
  readonly account: AwsAccount;
  readonly ec2: Ec2Instances;
  readonly intents: LaunchIntents;
  readonly prices: Ec2Prices;
  readonly kept: KeptAnswers;
  /** The user's home folder. */
  readonly home: string;
}

/** New EC2 instances: from the account's launch templates, or by what a person chooses. */
export class Launches {
  constructor(private readonly parts: LaunchesParts) {}

  templates(signal: AbortSignal): Promise<readonly LaunchTemplate[]> {
    return launchTemplates(this.parts.account, signal);
  }

  questions(chosen: LaunchSettings, signal: AbortSignal): Promise<readonly LaunchQuestion[]> {
    return launchQuestions(this.parts, chosen, signal);
  }

  async offer(launch: InstanceLaunch, signal: AbortSignal): Promise<Offer> {
    const { connection, region } = this.parts.account;
    const { type, gpus, spot, rate, refusal, notes } = await this.planned(launch, signal);
    return {
      connection,
      region,
      instanceType: type,
      nodes: 1,
      accelerators: gpus,
      spot,
      hourlyUsd: rate.hourlyUsd,
      pricesAsOf: rate.asOf,
      possible: refusal === undefined,
      why: refusal ?? notes.join('\n'),
      ...(launch.maxHours !== null && { stopsAfter: launch.maxHours * 3600 }),
    };
  }

  /** Gives the instance's own id once AWS has it. */
  async launch(launch: InstanceLaunch, signal: AbortSignal): Promise<string> {
    const { account, intents } = this.parts;
    const { refusal, request } = await this.planned(launch, signal);
    if (refusal !== undefined) throw new ProviderError('invalid', refusal);
    let intent = await intents.begin(account.connection, launch);
    let asked = false;
    try {
      const earlier = intent.again ? await this.earlier(intent.token, signal) : undefined;
      if (earlier === 'terminated') {
        // AWS would give the same one again for the same token.
        await intent.end();
        intent = await intents.begin(account.connection, launch);
      }
      const known = earlier === 'terminated' ? undefined : earlier?.id;
      asked = known === undefined;
      const id = known ?? (await this.run(request(intent.token), signal));
      await intent.end();
      return id;
    } catch (error) {
      // AWS has said no: the next try is another launch. After anything else nobody knows whether there is one.
      if (asked && error instanceof ProviderError && refusals.has(error.kind)) await intent.end();
      else await intent.leave();
      throw error;
    }
  }

  private planned(launch: InstanceLaunch, signal: AbortSignal): Promise<PlannedLaunch> {
    return plannedLaunch(this.parts, launch, signal);
  }

  /** What an earlier try made, of whose answer nobody heard. */
  private async earlier(
    token: string,
    signal: AbortSignal,
  ): Promise<{ readonly id: string } | 'terminated' | undefined> {
    const found = await this.parts.ec2.tagged('trainyard:launch', token, signal);
    const live = found.find(({ State }) => State?.Name !== 'terminated' && State?.Name !== 'shutting-down');
    if (live?.InstanceId !== undefined) return { id: live.InstanceId };
    return found.length > 0 ? 'terminated' : undefined;
  }

  private async run(request: RunInstancesRequest, signal: AbortSignal): Promise<string> {
    const { Instances = [] } = await this.parts.account.ask(
      'ec2',
      'The EC2 instance can’t be launched',
      (sdk, client, options) => client.send(new sdk.RunInstancesCommand(request), options),
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
}
