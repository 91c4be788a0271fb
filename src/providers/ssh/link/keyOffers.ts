import { readFile } from 'node:fs/promises';
import type { AnyAuthMethod, ParsedKey, SignCallback, SigningRequestOptions } from 'ssh2';
import { ProviderError, asError, messageOf } from '../../../core/errors';
import type { SignIn } from './authentication';
import type { KeyFile } from './parts';

/** A key that can be offered to a server. */
interface Offer {
  readonly name: string;
  readonly method: () => AnyAuthMethod | Promise<AnyAuthMethod>;
}

/** A key file with its public part, where that can be read without a passphrase. */
interface Identity {
  readonly file: KeyFile;
  readonly publicKey: ParsedKey | undefined;
}

/**
 * The keys to offer, in OpenSSH's order: those of the agent that the configuration names, the agent's others (not with IdentitiesOnly),
 * then the key files. Going on after a break goes on with the next key: none is offered twice.
 */
export class KeyOffers implements AsyncIterable<AnyAuthMethod> {
  readonly tried: string[] = [];
  /** Sentences about what could not be tried. */
  readonly notes: string[] = [];
  lastWasAgents = false;
  private offers: Offer[] | undefined;

  constructor(
    private readonly signIn: SignIn,
    private readonly onProblem: (problem: Error) => void,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<AnyAuthMethod, void> {
    this.offers ??= await this.all();
    for (let offer = this.offers.shift(); offer; offer = this.offers.shift()) {
      let method: AnyAuthMethod;
      try {
        method = await offer.method();
      } catch (error) {
        // A file that is no key is passed over, as by OpenSSH; a passphrase that was not given ends it all.
        if (!(error instanceof ProviderError) || error.kind !== 'invalid') throw error;
        this.notes.push(error.message);
        continue;
      }
      this.tried.push(offer.name);
      this.lastWasAgents = method.type === 'agent';
      yield method;
    }
  }

  private async all(): Promise<Offer[]> {
    const identities = await this.identities();
    const ofAgent = await this.agentKeys();
    const named = (key: ParsedKey) =>
      identities.findIndex(({ publicKey }) => publicKey && sameKey(publicKey, key));
    const wanted = ofAgent
      .filter(({ key }) => !this.signIn.config.identitiesOnly || named(key) >= 0)
      .toSorted((a, b) => rank(named(a.key)) - rank(named(b.key)));
    const files = identities.filter(
      ({ publicKey }) => !publicKey || !wanted.some(({ key }) => sameKey(key, publicKey)),
    );
    return [...wanted.map((held) => held.offer), ...files.map((identity) => this.fileOffer(identity))];
  }

  private async identities(): Promise<readonly Identity[]> {
    const found: Identity[] = [];
    for (const path of this.signIn.config.identityFiles) {
      try {
        const file = await this.signIn.keyFile(path);
        // Also of a key that is only in the agent: its public part names it.
        found.push(...(file ? [{ file, publicKey: await this.publicPart(file) }] : []));
      } catch (error) {
        this.notes.push(messageOf(error));
      }
    }
    return found;
  }

  private async publicPart(file: KeyFile): Promise<ParsedKey | undefined> {
    const { config, credentials, questions } = this.signIn;
    if (!file.encrypted) return credentials.key(file, config.alias, questions);
    const text = await readFile(`${file.path}.pub`).catch(() => undefined);
    const parsed = text && this.signIn.ssh2.utils.parseKey(text);
    return parsed instanceof Error ? undefined : parsed;
  }

  private async agentKeys(): Promise<readonly { readonly key: ParsedKey; readonly offer: Offer }[]> {
    const { config, ssh2 } = this.signIn;
    if (config.identityAgent === undefined) return [];
    try {
      const agent = ssh2.createAgent(config.identityAgent);
      const keys = await new Promise<readonly ParsedKey[]>((resolve, reject) => {
        agent.getIdentities((error, found) => {
          if (error) reject(error);
          else resolve((found ?? []) as ParsedKey[]);
        });
      });
      if (keys.length === 0) this.notes.push('The SSH agent holds no keys (ssh-add adds one).');
      return keys.map((key) => ({
        key,
        offer: {
          name: `${key.comment || key.type} (agent)`,
          method: () =>
            this.agentMethod(key, (data, hash, done) => {
              agent.sign(key, data, hash, done);
            }),
        },
      }));
    } catch (error) {
      this.notes.push(`The SSH agent can’t be reached (${messageOf(error)}): ${config.identityAgent}`);
      return [];
    }
  }

  /** A locked key is offered by its public part first: nobody is asked for a passphrase that would open nothing. */
  private fileOffer({ file, publicKey }: Identity): Offer {
    const { credentials, questions, config } = this.signIn;
    const unlock = () => credentials.key(file, config.alias, questions);
    const name = file.path;
    if (!file.encrypted || !publicKey) {
      return {
        name,
        method: async () => ({ type: 'publickey', username: config.user, key: await unlock() }),
      };
    }
    const sign: Sign = (data, { hash }, done) => {
      unlock().then(
        (key) => {
          done(undefined, key.sign(data, hash));
        },
        (error: unknown) => {
          this.onProblem(asError(error));
        },
      );
    };
    return { name, method: () => this.agentMethod(publicKey, sign) };
  }

  /** One key that signs when it is asked to: ssh2 knows this only of agents. */
  private agentMethod(key: ParsedKey, sign: Sign): AnyAuthMethod {
    class OneKey extends this.signIn.ssh2.BaseAgent<ParsedKey> {
      override getIdentities(done: (error: undefined, keys: ParsedKey[]) => void): void {
        done(undefined, [key]);
      }

      override sign(
        _key: ParsedKey,
        data: Buffer,
        hash: SigningRequestOptions | SignCallback,
        done?: SignCallback,
      ): void {
        if (typeof hash === 'function') sign(data, {}, hash);
        else if (done) sign(data, hash, done);
      }
    }
    return { type: 'agent', username: this.signIn.config.user, agent: new OneKey() };
  }
}

type Sign = (data: Buffer, hash: SigningRequestOptions, done: SignCallback) => void;

function sameKey(a: ParsedKey, b: ParsedKey): boolean {
  return a.getPublicSSH().equals(b.getPublicSSH());
}

function rank(index: number): number {
  return index < 0 ? Infinity : index;
}
