import type { ConfirmQuestion, Prompts, SecretQuestion, SecretStore } from '../../../src/core/prompts';
import { defaultSettings } from '../../../src/core/settings';
import { KnownHostsFiles } from '../../../src/providers/ssh/hosts/hostKeys';
import { KeyFiles } from '../../../src/providers/ssh/hosts/keyFiles';
import type { HostConfig } from '../../../src/providers/ssh/hostConfig';
import type { SshMachineParts } from '../../../src/providers/ssh/link/parts';

/** Someone who is asked: what was asked, and what they say next. Without an answer they decline. */
export class SshPerson implements Prompts, SecretStore {
  readonly asked: (SecretQuestion | ConfirmQuestion)[] = [];
  readonly answers: (string | boolean)[] = [];
  readonly kept = new Map<string, string>();
  readonly log: string[] = [];
  /** Unix milliseconds; moved by tests. */
  ahead = 0;

  secret(question: SecretQuestion): Promise<string | undefined> {
    this.asked.push(question);
    const answer = this.answers.shift();
    return Promise.resolve(typeof answer === 'string' ? answer : undefined);
  }

  confirm(question: ConfirmQuestion): Promise<boolean> {
    this.asked.push(question);
    return Promise.resolve(this.answers.shift() === true);
  }

  visit(): Promise<boolean> {
    return Promise.resolve(false);
  }

  choose(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.kept.get(key));
  }

  delete(key: string): Promise<void> {
    this.kept.delete(key);
    return Promise.resolve();
  }

  /** What a machine of this configuration is made from; it is read anew at each connect. */
  parts(config: HostConfig | (() => HostConfig)): SshMachineParts {
    const write = (message: string | Error) => {
      this.log.push(String(message));
    };
    const log = { debug: write, info: write, warn: write, error: write };
    const keys = new KeyFiles(log);
    const read = () => (typeof config === 'function' ? config() : config);
    return {
      alias: read().alias,
      context: {
        log,
        prompts: this,
        secrets: this,
        now: () => Date.now() + this.ahead,
        setting: (name) => defaultSettings[name],
      },
      resolve: () => Promise.resolve(read()),
      hostKeys: new KnownHostsFiles(log),
      keyFile: (path) => keys.get(path),
    };
  }
}
