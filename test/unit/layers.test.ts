import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { beforeAll, describe, expect, it } from 'vitest';

/** Lines that break the layers of CONTRIBUTING.md: the file they would stand in, and the line. */
const illegal: readonly (readonly [file: string, line: string])[] = [
  ['src/lib/event.ts', `import 'node:fs';`],
  ['src/lib/event.ts', `import '../core/errors';`],
  ['src/core/errors.ts', `import { readFileSync } from 'node:fs';`],
  ['src/core/errors.ts', `import { readFileSync } from 'fs';`],
  ['src/core/errors.ts', `import '../services/jobs';`],
  ['src/core/errors.ts', `import * as vscode from 'vscode';`],
  ['src/core/jobSpec/jobSpec.ts', `import '../../node/files';`],
  ['src/protocol/runPanel.ts', `import '../services/jobs';`],
  ['src/node/modernNode.ts', `import '../services/jobs';`],
  ['src/services/core.ts', `import * as vscode from 'vscode';`],
  ['src/services/core.ts', `import '../providers/all';`],
  ['src/services/core.ts', `import '../ui/host';`],
  ['src/services/core.ts', `import '../../webviews/shared/times';`],
  ['src/services/core.ts', `import '../../src/ui/host';`],
  ['src/providers/local/local.ts', `import '../../services/jobs';`],
  ['src/providers/local/local.ts', `import * as vscode from 'vscode';`],
  ['src/ui/host.ts', `import '../providers/all';`],
  ['src/ui/host.ts', `import 'node:fs';`],
  ['src/ui/trees/jobRow.ts', `import '../../providers/local/local';`],
  ['src/ui/host.ts', `import '../cli';`],
  ['src/cli/main.ts', `import '../ui/host';`],
  ['src/cli/main.ts', `import '../extension';`],
  ['webviews/runPanel/main.ts', `import '../../src/core/errors';`],
  ['webviews/runPanel/main.ts', `import 'node:fs';`],
  ['webviews/runPanel/main.ts', `import * as vscode from 'vscode';`],
];

const legal: readonly (readonly [file: string, line: string])[] = [
  ['src/lib/disposables.ts', `import './event';`],
  ['src/core/errors.ts', `import '../lib/event';`],
  ['src/core/errors.ts', `import { z } from 'zod';`],
  ['src/core/jobSpec/jobSpec.ts', `import '../../lib/event';`],
  ['src/node/modernNode.ts', `import { spawn } from 'node:child_process';`],
  ['src/services/core.ts', `import '../core/errors';`],
  ['src/services/core.ts', `import 'node:fs';`],
  ['src/providers/local/local.ts', `import '../../node/files';`],
  ['src/ui/host.ts', `import * as vscode from 'vscode';`],
  ['src/ui/trees/jobRow.ts', `import '../../services/jobs';`],
  ['src/cli/main.ts', `import '../services/core';`],
  ['src/extension.ts', `import './providers/all';`],
  ['src/extension.ts', `import './ui/host';`],
  ['webviews/runPanel/main.ts', `import '../../src/protocol/runPanel';`],
  ['webviews/runPanel/main.ts', `import { html } from 'lit';`],
];

/** The ways of importing what stands in quotes in `line`. */
const ways = (line: string): readonly string[] => {
  const module = /'[^']+'/.exec(line)?.[0];
  if (!module) throw new Error(`No module in: ${line}`);
  return [
    line,
    `await import(${module});`,
    `export * from ${module};`,
    `import type { X } from ${module};`,
    `export type X = typeof import(${module});`,
    `import x = require(${module});`,
  ];
};

let eslint: ESLint;

beforeAll(() => {
  eslint = new ESLint({
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    // Rules about types need the whole program; these lines are in no program at all.
    overrideConfig: { languageOptions: { parserOptions: { project: null } } },
    ruleFilter: ({ ruleId }) => ruleId.startsWith('no-restricted-'),
  });
});

describe('an import across the layers', () => {
  it.each(illegal)('is refused, however it is written, in %s: %s', async (file, line) => {
    for (const code of ways(line)) {
      expect(await messages(file, code), code).toEqual([
        expect.stringContaining('(CONTRIBUTING.md, "Layers")'),
      ]);
    }
  });

  it('is refused where nobody can see what it imports', async () => {
    for (const code of [
      'await import(`../services/${process.argv[2]}`);',
      'await import(process.argv[2]);',
    ]) {
      expect(await messages('src/core/errors.ts', code), code).toEqual([
        expect.stringContaining('Say in quotes'),
      ]);
    }
  });
});

describe('an import along the layers', () => {
  it.each(legal)('is allowed, however it is written, in %s: %s', async (file, line) => {
    for (const code of ways(line)) expect(await messages(file, code), code).toEqual([]);
  });
});

async function messages(filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath });
  return result?.messages.map(({ message }) => message) ?? [];
}
