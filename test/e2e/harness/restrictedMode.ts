import { expect } from './expect';
import type { Editor } from './editor';

/** Reloads the editor with its folder no longer trusted: the harness's editor trusts every folder, which its page asks for in its settings. */
export async function restrict(editor: Editor): Promise<void> {
  const { page } = editor;
  await page.addInitScript({
    content: `new MutationObserver((_, observer) => {
      const settings = document.getElementById('vscode-workbench-web-configuration');
      if (!settings) return;
      const text = settings.getAttribute('data-settings');
      settings.setAttribute('data-settings', text.replace('"enableWorkspaceTrust":false', '"enableWorkspaceTrust":true'));
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });`,
  });
  await editor.reload();
  await expect(page.locator('.statusbar')).toContainText('Restricted Mode');
}
