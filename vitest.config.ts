import { defineConfig } from 'vitest/config';

const project = (name: string, testTimeout: number) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout },
});

export default defineConfig({
  test: {
    globalSetup: 'test/fakes/workers.ts',
    projects: [project('unit', 20_000), project('contract', 120_000), project('manifest', 20_000)],
  },
});
