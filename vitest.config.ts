import { defineConfig } from 'vitest/config';

/** How long a test may wait for one thing (`test/fakes/until.ts`) is half its time, so that it can say what it waited for. */
const project = (name: string, testTimeout: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    env: { TRAINYARD_TEST_PATIENCE: String(Math.max(testTimeout / 2, 20_000)) },
  },
});

export default defineConfig({
  test: {
    globalSetup: 'test/fakes/workers.ts',
    projects: [project('unit', 20_000), project('contract', 120_000), project('manifest', 20_000)],
  },
});
