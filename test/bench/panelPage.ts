import type { Frame, Page } from '@playwright/test';

/** The page of the panel that is in front, once `selector` is in it. */
export async function panelPage(page: Page, selector: string): Promise<Frame> {
  for (const frame of page.frames()) {
    if ((await frame.locator(selector).count()) > 0) return frame;
  }
  throw new Error('The panel is not there.');
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
