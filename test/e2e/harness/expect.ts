import { expect as base } from '@playwright/test';

/** Milliseconds for what should come, several times what a busy machine needs: only what is broken waits so long. */
export const deadline = 60_000;

/** With the deadline of the tests, also in benchmarks, which have no configuration. */
export const expect = base.configure({ timeout: deadline });
