import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { Provider } from '../../src/core/provider';
import type { TrainingJob } from '../../src/core/trainingJob';
import type { ProviderContext } from '../../src/providers/context';
import { openCore, type Core } from '../../src/services/core';
import { StateDatabase } from '../../src/services/database';
import { JobStore } from '../../src/services/jobs/jobStore';
import type { SubmitRequest } from '../../src/services/jobs/jobs';
import { agreed, readJob } from './jobSpec';
import { anOffer, FakeProvider } from './provider';
import { LogLines, workplace } from './workplace';

export const never = new AbortController().signal;

/** A state folder and a platform in memory, new in each test, and the processes that have the folder open. */
export class StateFolder {
  home = '';
  cloud = new FakeProvider();
  log = new LogLines();
  private cores: Core[] = [];

  constructor() {
    beforeEach(async () => {
      this.home = await mkdtemp(join(tmpdir(), 'trainyard-state-'));
      this.cloud = new FakeProvider();
      this.log = new LogLines();
    });
    afterEach(async () => {
      for (const core of this.cores.splice(0)) core.dispose();
      await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
    });
  }

  /** One more process that opens the folder, as far as the database can tell. */
  async open(
    providers: readonly ((context: ProviderContext) => Provider)[] = [() => this.cloud],
    now: () => number = Date.now,
  ): Promise<Core> {
    const core = await openCore({ ...workplace(), log: this.log, home: this.home, providers, now });
    this.cores.push(core);
    return core;
  }

  async request(text: string, offer = anOffer): Promise<SubmitRequest> {
    const { spec, secrets } = readJob(text);
    return { spec, secrets, text, baseFolder: this.home, approval: await agreed(spec, offer) };
  }

  async submit(core: Core, text = 'name: digits\nrun: echo', signal = never): Promise<TrainingJob> {
    return core.jobs.submit(await this.request(text), signal);
  }

  /** Looks into the database from aside. */
  async store<T>(look: (store: JobStore) => T | Promise<T>): Promise<T> {
    const database = await StateDatabase.open(this.home, this.log, Date.now);
    try {
      return await look(new JobStore(database));
    } finally {
      database.dispose();
    }
  }
}
