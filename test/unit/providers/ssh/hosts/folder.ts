import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { defaultSettings, type ReadSetting, type Settings } from '../../../../../src/core/settings';
import type { ConfirmQuestion } from '../../../../../src/core/prompts';
import { Emitter } from '../../../../../src/lib/event';
import type { ProviderContext } from '../../../../../src/providers/context';
import { SshHosts } from '../../../../../src/providers/ssh/hosts/sshHosts';
import { SshProgram } from '../../../../../src/providers/ssh/hosts/sshProgram';
import type { Surroundings } from '../../../../../src/providers/ssh/hosts/surroundings';

/** A folder that goes with the test. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-hosts-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A person with a home folder, who is asked things and has settings. */
export class Person {
  readonly asked: ConfirmQuestion[] = [];
  readonly warnings: string[] = [];
  readonly settings: { -readonly [K in keyof Settings]?: Settings[K] } = {};
  readonly settingsChanged = new Emitter<void>();
  yes = true;
  trusted = false;

  private constructor(readonly home: string) {}

  static async make(files: Readonly<Record<string, string>> = {}): Promise<Person> {
    const person = new Person(await testFolder());
    for (const [path, text] of Object.entries(files)) await person.write(path, text);
    return person;
  }

  get around(): Surroundings {
    return { home: this.home, user: 'me', uid: 1000, hostName: 'here.lab', env: {}, windows: false };
  }

  get stateFolder(): string {
    return join(this.home, 'state');
  }

  path(path: string): string {
    return join(this.home, path);
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true });
    await writeFile(this.path(path), text);
  }

  readonly setting: ReadSetting = (name) => ({ ...defaultSettings, ...this.settings })[name];

  context(): ProviderContext {
    const nothing = () => undefined;
    return {
      log: { debug: nothing, info: nothing, error: nothing, warn: (text) => this.warnings.push(text) },
      setting: this.setting,
      onDidChangeSettings: this.settingsChanged.event,
      now: Date.now,
      remoteFolder: '',
      home: this.stateFolder,
      prompts: {
        secret: () => Promise.resolve(undefined),
        confirm: (question) => {
          this.asked.push(question);
          return Promise.resolve(this.yes);
        },
        visit: () => Promise.resolve(false),
        choose: () => Promise.resolve(undefined),
      },
      secrets: { get: () => Promise.resolve(undefined), delete: () => Promise.resolve() },
      trusted: () => this.trusted,
    };
  }

  /** Read by ourselves, unless `program` is there. */
  hosts(program = new SshProgram('/no/such/ssh'), env: Surroundings['env'] = {}): SshHosts {
    return new SshHosts(this.context(), { ...this.around, env }, program);
  }
}

export const never = new AbortController().signal;
