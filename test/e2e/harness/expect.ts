import { expect as base } from '@playwright/test';

/** With the deadline of the tests' configuration, also in benchmarks, which have no configuration. */
export const expect = base.configure({ timeout: 60_000 });
