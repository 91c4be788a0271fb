import { ProviderError, throwIfCancelled } from '../../../core/errors';
import type { Adding, AddingChoice, AddingChoices } from '../../../core/provider';
import type { ProviderContext } from '../../context';
import type { AwsAccount } from './account';
import { connectionId, type AddedConnection, type AddedConnections } from './addedConnections';
import { isRegion, regions } from './regions';
import { profileOf, profilesOf, readSharedConfig } from './sharedConfig';

/** Adds a profile's region, or the default credentials'. */
export class AwsAdding implements Adding {
  readonly title = 'AWS Account';
  readonly prompt =
    'A profile of your AWS config and a region, or a region alone for your default credentials';
  readonly example = 'work us-east-1';

  constructor(
    private readonly added: AddedConnections,
    private readonly context: Pick<ProviderContext, 'trusted'>,
    private readonly account: (connection: AddedConnection) => AwsAccount,
    private readonly env: Readonly<Record<string, string | undefined>> = process.env,
  ) {}

  check(text: string): string | undefined {
    const read = readText(text);
    return typeof read === 'string' ? read : undefined;
  }

  async choices(chosen: readonly string[], signal: AbortSignal): Promise<AddingChoices | undefined> {
    if (chosen.length > 1) return undefined;
    this.checkTrusted();
    const files = await readSharedConfig();
    throwIfCancelled(signal);
    const [name] = chosen;
    if (name !== undefined)
      return {
        question: 'Which region?',
        items: regionChoices([profileOf(files, this.orDefault(name)).region, this.env.AWS_REGION]),
      };
    const profiles = profilesOf(files).map(({ name: value, kind, region }) => ({
      value: value === 'default' ? defaults : value,
      label: value,
      description: [kind, region].filter((word) => word !== undefined).join(' · '),
    }));
    const named = this.env.AWS_PROFILE;
    return {
      question: 'Which AWS profile?',
      items: [
        // Without a profile of this name, the chain looks at the environment, a container and the machine itself.
        ...(profiles.some(({ value }) => value === defaults) ? [] : [defaultChoice(this.env)]),
        ...profiles.toSorted((a, b) => Number(b.value === named) - Number(a.value === named)),
      ],
    };
  }

  /** Asks AWS who this is, so that what was added works. */
  async add(text: string, signal: AbortSignal): Promise<string> {
    const read = readText(text);
    if (typeof read === 'string') throw new ProviderError('invalid', read);
    this.checkTrusted();
    if (read.profile !== undefined) {
      const profiles = profilesOf(await readSharedConfig());
      if (!profiles.some(({ name }) => name === read.profile))
        throw new ProviderError(
          'notFound',
          `Your AWS config has no such profile. It has ${profiles.map(({ name }) => name).join(', ') || 'none'}: ${read.profile}`,
        );
    }
    const connection = { ...read, account: await this.account(read).accountId(signal) };
    throwIfCancelled(signal);
    await this.added.add(connection);
    return connectionId(connection);
  }

  private orDefault(name: string): string {
    return name === defaults ? (this.env.AWS_PROFILE ?? 'default') : name;
  }

  private checkTrusted(): void {
    if (!this.context.trusted())
      throw new ProviderError(
        'forbidden',
        'The AWS config can name programs to run, so it is read only in a workspace that you trust.',
      );
  }
}

/** In place of a profile's name: the default credentials. */
const defaults = '-';

/** Such as `work us-east-1`; what is wrong with it where it can't be read. */
function readText(text: string): AddedConnection | string {
  const words = text.trim().split(/\s+/);
  const region = words.at(-1) ?? '';
  if (words.length > 2) return 'Two words at most: a profile and a region';
  if (!isRegion(region)) return 'The last word is a region, such as us-east-1';
  const [profile] = words.length === 2 ? words : [];
  if (profile === undefined || profile === defaults || profile === 'default') return { region };
  // It stands in ids and in job files.
  if (!/^[\w+.@:/%-]+$/.test(profile)) return 'A profile’s name has letters, digits and + . @ : / % - _ only';
  return { region, profile };
}

function regionChoices(likely: readonly (string | undefined)[]): readonly AddingChoice[] {
  const first = likely.filter((region): region is string => region !== undefined && region !== '');
  return [...new Set([...first, ...Object.keys(regions)])].map((value) => {
    const name = regions[value];
    return { value, label: value, ...(name === undefined ? {} : { description: name }) };
  });
}

function defaultChoice(env: Readonly<Record<string, string | undefined>>): AddingChoice {
  const description =
    env.AWS_ACCESS_KEY_ID === undefined ? 'of the environment or this machine' : 'AWS_ACCESS_KEY_ID';
  return { value: defaults, label: 'Default credentials', description };
}
