import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../../test-results/e2e',
  // One editor for all: they would only take the processor from each other.
  workers: 1,
  // Several times what a busy machine needs: only what is broken waits so long.
  timeout: 300_000,
  expect: { timeout: 60_000, toPass: { timeout: 90_000 } },
  forbidOnly: true,
  reporter: [['list'], ['json']],
});
