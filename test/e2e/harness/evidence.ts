import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestInfo } from '@playwright/test';
import type { Editor } from './editor';

/** What stood in front of everything, and what stood at the side. */
const parts = {
  question: '.quick-input-widget:visible',
  dialog: '.monaco-dialog-box:visible',
  notifications: '.notification-toast:visible',
  'side bar': '.part.sidebar:visible',
};

/**
 * Leaves of a failed test what the screen showed and what the editor logged, and prints the screen's words: of a run elsewhere often
 * only the text is left.
 */
export async function leaveEvidence(editor: Editor, info: TestInfo): Promise<void> {
  if (info.status === info.expectedStatus) return;
  const { page, workspace } = editor;
  await page.screenshot({ path: info.outputPath('screen.png') });
  const logs = join(workspace.profile, 'user-data', 'logs');
  if (existsSync(logs)) cpSync(logs, info.outputPath('logs'), { recursive: true });
  for (const [name, selector] of Object.entries(parts)) {
    const texts = await page.locator(selector).allInnerTexts();
    if (texts.length > 0) console.log(`${name}: ${texts.join(' | ').replace(/\s+/g, ' ').slice(0, 600)}`);
  }
}
