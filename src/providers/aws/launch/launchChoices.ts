import { ProviderError } from '../../../core/errors';
import type { LaunchChoice, LaunchQuestion, LaunchSettings } from '../../../core/instance';
import { hourlyText } from '../../../core/words';
import type { AwsAccount } from '../account/account';
import { diskPrices, type DiskPrices } from '../prices/diskPrices';
import type { Ec2Prices, Rate } from '../prices/ec2Prices';
import type { KeptAnswers } from '../prices/keptAnswers';
import { launchImages, type LaunchImage } from './launchImages';
import { keyChoices } from './launchKeys';
import {
  launchFirewalls,
  launchNetworks,
  sshText,
  type LaunchFirewall,
  type LaunchNetwork,
} from './launchNetwork';
import { launchType, launchTypes, type LaunchType } from './launchTypes';

export interface LaunchChoicesParts {
  readonly account: AwsAccount;
  readonly kept: KeptAnswers;
  readonly prices: Ec2Prices;
  /** The user's home folder. */
  readonly home: string;
}

/** GB. */
const diskSizes = [100, 200, 500, 1000, 2000];

/** What there is to choose from without a launch template. Makes nothing. Throws `ProviderError`. */
export async function launchQuestions(
  parts: LaunchChoicesParts,
  chosen: LaunchSettings,
  signal: AbortSignal,
): Promise<readonly LaunchQuestion[]> {
  const { account, kept, prices, home } = parts;
  if (chosen.type === undefined) return [await typeQuestion(parts)];
  const type = await launchType(kept, account, chosen.type, signal);
  const [types, rates, spot, images, keys, networks, disks] = await Promise.all([
    typeQuestion(parts),
    prices.onDemand([type.name]),
    type.spot ? prices.spot(type.name, undefined, signal) : undefined,
    launchImages(account, type, signal),
    keyChoices(account, home, signal),
    launchNetworks(account, type.name, signal),
    diskPrices(kept, account),
  ]);
  const network = networks.find(({ id }) => id === chosen.network) ?? networks[0];
  if (!network)
    throw new ProviderError(
      'notFound',
      `There is no subnet in ${account.region} in which AWS has that type. Make one, or choose another region or type: ${type.name}`,
    );
  const firewalls = await launchFirewalls(account, network.vpc, signal);
  const image = images.find(({ id }) => id === chosen.image) ?? images[0];
  return [
    withChosenType(types, type, rates.get(type.name)),
    {
      setting: 'market',
      question: 'On demand or spot?',
      choices: marketChoices(type, rates.get(type.name), spot),
    },
    { setting: 'image', question: 'From which image?', choices: images.map(imageChoice) },
    { setting: 'disk', question: 'With how large a disk?', choices: diskChoices(image?.diskGb ?? 8, disks) },
    { setting: 'key', question: 'Who may sign in?', choices: keys },
    { setting: 'network', question: 'In which network?', choices: networks.map(networkChoice) },
    { setting: 'firewall', question: 'Behind which firewall?', choices: firewalls.map(firewallChoice) },
  ];
}

/** GPUs first, the cheapest first, those without a known price last. */
async function typeQuestion({ account, kept, prices }: LaunchChoicesParts): Promise<LaunchQuestion> {
  const types = (await launchTypes(kept, account)).filter(({ onDemand }) => onDemand);
  const rates = await prices.listed(types.map(({ name }) => name));
  const usd = ({ name }: LaunchType) => rates.get(name)?.hourlyUsd ?? Infinity;
  const order = (a: LaunchType, b: LaunchType) =>
    Number(a.gpus === '') - Number(b.gpus === '') || usd(a) - usd(b) || a.name.localeCompare(b.name);
  if (types.length === 0)
    throw new ProviderError('notFound', `EC2 has no types in this region: ${account.region}`);
  return {
    setting: 'type',
    question: 'Which type?',
    choices: types.toSorted(order).map((type) => typeChoice(type, rates.get(type.name))),
  };
}

/** One that the list does not have was named by the person. */
function withChosenType(question: LaunchQuestion, type: LaunchType, rate: Rate | undefined): LaunchQuestion {
  if (question.choices.some(({ value }) => value === type.name)) return question;
  return { ...question, choices: [...question.choices, typeChoice(type, rate)] };
}

function typeChoice({ name, gpus, cpus, memoryGb }: LaunchType, rate: Rate | undefined): LaunchChoice {
  const description = [
    ...(gpus === '' ? [] : [gpus]),
    `${cpus} vCPUs`,
    `${memoryGb} GB`,
    hourlyText(rate?.hourlyUsd),
  ].join(' · ');
  return { value: name, label: name, description };
}

function marketChoices(
  { spot, onDemand }: LaunchType,
  rate: Rate | undefined,
  spotRate: Rate | undefined,
): readonly LaunchChoice[] {
  return [
    ...(onDemand
      ? [{ value: 'on-demand', label: 'On Demand', description: hourlyText(rate?.hourlyUsd) }]
      : []),
    ...(spot
      ? [
          {
            value: 'spot',
            label: 'Spot',
            description: `${hourlyText(spotRate?.hourlyUsd)} now in the cheapest zone; AWS may take it away, and its own poweroff deletes it`,
          },
        ]
      : []),
  ];
}

function imageChoice({ id, name, description }: LaunchImage): LaunchChoice {
  return { value: id, label: name, description: id, ...(description !== '' && { detail: description }) };
}

function diskChoices(least: number, prices: DiskPrices): readonly LaunchChoice[] {
  const monthly = (gb: number) =>
    prices.gp3 === undefined ? '' : `$${(gb * prices.gp3).toFixed(2)} a month`;
  const sizes = diskSizes.filter((gb) => gb >= least);
  const all = sizes.includes(least) ? sizes : [...sizes.slice(0, 1), least, ...sizes.slice(1)];
  return all.map((gb) => ({
    value: String(gb),
    label: `${gb} GB`,
    description: [monthly(gb), ...(gb === least ? ['the image’s own size'] : [])].join(' · '),
  }));
}

function networkChoice({ id, label, detail }: LaunchNetwork): LaunchChoice {
  return { value: id, label, description: detail };
}

function firewallChoice(firewall: LaunchFirewall): LaunchChoice {
  return { value: firewall.id, label: firewall.label, description: `${sshText(firewall)} · ${firewall.id}` };
}
