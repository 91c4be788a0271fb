import type { FrameLocator, Locator } from '@playwright/test';
import { expect } from './expect';
import type { Editor } from './editor';

/** The panel that compares jobs, in front. */
export class ComparePanel {
  private constructor(private readonly editor: Editor) {}

  static async open(editor: Editor): Promise<ComparePanel> {
    await editor.run('Trainyard: Compare Jobs…');
    return ComparePanel.inFront(editor);
  }

  static async inFront(editor: Editor): Promise<ComparePanel> {
    const panel = new ComparePanel(editor);
    // A database that is made again from hundreds of folders takes its time.
    await expect(panel.frame.locator('compare-panel h1')).toBeVisible({ timeout: 120_000 });
    return panel;
  }

  get frame(): FrameLocator {
    return this.editor.panel();
  }

  get grid(): Locator {
    return this.frame.getByRole('grid', { name: 'Runs' });
  }

  /** Rows that are drawn now, by a text that they hold. */
  rows(text?: string | RegExp): Locator {
    const rows = this.grid.locator('tbody tr[data-row]');
    return text === undefined ? rows : rows.filter({ hasText: text });
  }

  head(title: string | RegExp): Locator {
    return this.grid.getByRole('columnheader', { name: title });
  }

  get status(): Locator {
    return this.frame.locator('.compare-toolbar [role="status"]');
  }

  /** Waits until every log has been read. */
  async settled(runs: string): Promise<void> {
    await expect(this.status).toHaveText(runs);
  }

  async filter(text: string): Promise<void> {
    await this.frame.getByRole('searchbox', { name: 'Filter runs' }).fill(text);
  }

  async check(text: string | RegExp): Promise<void> {
    await this.rows(text)
      .first()
      .getByRole('checkbox', { name: /^Overlay/ })
      .click();
  }

  async show(tab: RegExp): Promise<void> {
    await this.frame.getByRole('tab', { name: tab }).click();
    await expect(this.frame.getByRole('tab', { name: tab })).toHaveAttribute('aria-selected', 'true');
  }

  button(name: string | RegExp): Locator {
    return this.frame.getByRole('button', { name });
  }

  /** Texts of a column's cells, from the top, of the rows that are drawn. */
  async column(title: string): Promise<string[]> {
    const at = await this.grid.locator('thead th', { hasText: title }).first().getAttribute('data-column');
    const cells = this.grid.locator(`tbody td[data-column="${at ?? ''}"]`);
    return (await cells.allInnerTexts()).map((text) => text.trim());
  }
}
