import { test as base } from '@playwright/test';
import { Editor } from './editor';
import { leaveEvidence } from './evidence';
import { newWorkspace } from './workspace';

/**
 * A test in the real editor. One editor serves a whole run, as starting it takes ten seconds; each test finds it with no
 * file open, and after a failed test the next ones get a new one.
 */
export const test = base.extend<{ evidence: undefined }, { editor: Editor }>({
  editor: [
    async ({}, use) => {
      const workspace = newWorkspace();
      try {
        const editor = await Editor.start(workspace);
        await use(editor);
        await editor.stop();
      } finally {
        workspace.delete();
      }
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  /** Before each test a clear editor; after a failed one what the screen showed and what the editor logged. */
  evidence: [
    async ({ editor }, use, info) => {
      await editor.clear();
      await use(undefined);
      await leaveEvidence(editor, info);
    },
    { auto: true },
  ],
});

export { expect } from '@playwright/test';
