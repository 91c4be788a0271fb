import type { Locator, Page } from '@playwright/test';
import { expect } from './expect';

/** Milliseconds that one try may wait for the row to stand still, and for what it leads to. */
const still = 5_000;
const answer = 10_000;

/** Clicks a tree's row, until what that leads to has come. */
export async function click(row: Locator, came: Locator): Promise<void> {
  await ask(came, () => row.click({ timeout: still }));
}

/** Presses a button of a tree's row, until what that leads to has come. */
export async function press(row: Locator, name: string, came: Locator): Promise<void> {
  await ask(came, async () => {
    await row.hover({ timeout: still });
    await row.getByRole('button', { name }).first().click({ timeout: still });
  });
}

/** Chooses from a row's context menu, until what that leads to has come. */
export async function choose(row: Locator, title: string, came: Locator): Promise<void> {
  const item = row.page().getByRole('menuitem', { name: title });
  await ask(came, async () => {
    await row.click({ button: 'right', timeout: still });
    // A menu takes no click in the moment in which it opens.
    await expect(async () => {
      await item.click({ timeout: still });
      await expect(item).toBeHidden({ timeout: 2_000 });
    }).toPass({ timeout: answer });
  });
}

/** Unfolds a row; one may unfold by itself meanwhile. */
export async function unfold(row: Locator): Promise<void> {
  await expect(async () => {
    if ((await row.getAttribute('aria-expanded', { timeout: still })) !== 'true')
      await row.locator('.monaco-tl-twistie').click({ timeout: still });
    await expect(row).toHaveAttribute('aria-expanded', 'true', { timeout: 2_000 });
  }).toPass();
}

/**
 * Asks a row for something, until what that leads to has come. A row that is drawn anew in that moment takes no click, or lies elsewhere
 * by then, or the editor has just forgotten which row it is and the command asks. What came instead is closed, and the row is asked
 * again, as a person would.
 */
async function ask(came: Locator, act: () => Promise<void>): Promise<void> {
  let asked = false;
  await expect(async () => {
    if (asked) {
      if (await came.first().isVisible()) return;
      await closeOther(came.page());
    }
    asked = true;
    await act();
    await expect(came.first()).toBeVisible({ timeout: answer });
  }).toPass();
}

/** A question, a menu or a picker that is not what was asked for. */
async function closeOther(page: Page): Promise<void> {
  const open = '.quick-input-widget:visible, .monaco-dialog-box:visible, .context-view-block:visible';
  if ((await page.locator(open).count()) > 0) await page.keyboard.press('Escape');
}
