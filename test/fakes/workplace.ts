import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { noPrompts, noSecrets } from '../../src/cli/prompts';
import { defaultSettings, type Settings } from '../../src/core/settings';
import type { Log } from '../../src/core/log';
import type { ProviderContext } from '../../src/providers/context';
import { workersFolder } from './workers';

/** A log that remembers its lines, as `warn: …`. */
export class LogLines implements Log {
  readonly lines: string[] = [];
  debug(message: string): void {
    this.lines.push(`debug: ${message}`);
  }
  info(message: string): void {
    this.lines.push(`info: ${message}`);
  }
  warn(message: string): void {
    this.lines.push(`warn: ${message}`);
  }
  error(message: string | Error): void {
    this.lines.push(`error: ${String(message)}`);
  }
}

/** What a host hands to the providers: real launcher, real clock, these settings over the defaults. */
export function workplace(settings: Partial<Settings> = {}): ProviderContext & {
  readonly log: LogLines;
  readonly workersFolder: string;
} {
  const all = { ...defaultSettings, ...settings };
  return {
    log: new LogLines(),
    setting: (key) => all[key],
    now: Date.now,
    remoteFolder: resolve('src/remote'),
    home: join(tmpdir(), 'no-such-trainyard-home'),
    prompts: noPrompts,
    secrets: noSecrets,
    trusted: () => true,
    workersFolder,
  };
}
