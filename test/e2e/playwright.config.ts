import { defineConfig } from '@playwright/test';
import { deadline } from './harness/expect';

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../../test-results/e2e',
  // One editor for all: they would only take the processor from each other.
  workers: 1,
  // As `deadline`, for a whole test.
  timeout: 300_000,
  expect: { timeout: deadline, toPass: { timeout: 90_000 } },
  forbidOnly: true,
  reporter: [['list'], ['json']],
});
