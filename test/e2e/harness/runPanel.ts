import type { FrameLocator, Locator } from '@playwright/test';
import { deadline, expect } from './expect';
import type { Editor } from './editor';
import { jobRow } from './jobs';

export type PanelTab = 'Overview' | 'Logs' | 'Metrics' | 'Spec' | 'Outputs';

/** The panel of a job, in front. */
export class RunPanel {
  private constructor(private readonly editor: Editor) {}

  /** Opens the panel of the newest job of that name from its row, which may move to another group in that moment. */
  static async open(editor: Editor, name: string): Promise<RunPanel> {
    const panel = new RunPanel(editor);
    await expect(async () => {
      await (await jobRow(editor, name)).click({ timeout: 5_000 });
      // Otherwise the row's tooltip comes up over the panel.
      await editor.page.mouse.move(0, 0);
      // The first panel of an editor that has just started takes longest.
      await expect(panel.frame.locator('h1.name')).toHaveText(name, { timeout: 20_000 });
    }).toPass();
    return panel;
  }

  /** The panel of a job that was just submitted, which is in front by itself. */
  static async inFront(editor: Editor, name: string): Promise<RunPanel> {
    await editor.page.mouse.move(0, 0);
    const panel = new RunPanel(editor);
    await expect(panel.frame.locator('h1.name')).toHaveText(name);
    return panel;
  }

  get frame(): FrameLocator {
    return this.editor.panel();
  }

  tab(name: PanelTab): Locator {
    return this.frame.getByRole('tab', { name });
  }

  async show(name: PanelTab): Promise<void> {
    await this.tab(name).click();
    await this.expectTab(name);
  }

  async expectTab(name: PanelTab): Promise<void> {
    await expect(this.tab(name)).toHaveAttribute('aria-selected', 'true');
  }

  async expectState(state: string, timeout = deadline): Promise<void> {
    await expect(this.frame.locator('.state-word')).toHaveText(new RegExp(state), { timeout });
  }

  button(name: string | RegExp): Locator {
    return this.frame.getByRole('button', { name });
  }

  /** A chart by its title. */
  chart(title: string): Locator {
    return this.frame
      .locator('metric-chart')
      .filter({ has: this.frame.locator('.chart-name', { hasText: new RegExp(`^${title}$`, 'i') }) });
  }

  /** Rows of the log that are drawn now, in order. */
  get rows(): Locator {
    return this.frame.locator('log-list .row:not(.row-waiting)');
  }

  /** Rows that are drawn before their lines are there. */
  get waiting(): Locator {
    return this.frame.locator('log-list .row-waiting');
  }

  /** Texts of the rows that are drawn now. */
  async texts(): Promise<string[]> {
    return this.rows.locator('.row-text').allTextContents();
  }

  /** The topmost line in sight; some above it are drawn, too. */
  async topText(): Promise<string | null> {
    return this.log.evaluate((element) => {
      const log = element as unknown as Box;
      const top = log.getBoundingClientRect().y;
      const rows = [...log.querySelectorAll('.row:not(.row-waiting)')];
      const row = rows.find((each) => each.getBoundingClientRect().y > top - 2);
      return row?.querySelector('.row-text')?.textContent ?? null;
    });
  }

  /** The log's own scrolled element, which takes its keys. */
  get log(): Locator {
    return this.frame.locator('.log-scroll');
  }
}

/** Pixels of a chart's lines: those that have a colour, which axes and grid do not. */
export async function colouredPixels(chart: Locator): Promise<number> {
  const canvas = chart.locator('canvas');
  if ((await canvas.count()) === 0) return 0;
  return canvas.evaluate((element) => {
    const plot = element as unknown as Canvas;
    const { data } = plot.getContext('2d').getImageData(0, 0, plot.width, plot.height);
    let coloured = 0;
    for (let i = 0; i < data.length; i += 4) {
      const [r = 0, g = 0, b = 0, a = 0] = data.subarray(i, i + 4);
      if (a > 100 && Math.max(r, g, b) - Math.min(r, g, b) > 40) coloured++;
    }
    return coloured;
  });
}

/** What is used here of the page's own types, which these files, being Node's, do not know. */
interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
  };
}

interface Box {
  readonly textContent: string;
  getBoundingClientRect(): { readonly y: number };
  querySelector(selector: string): Box | null;
  querySelectorAll(selector: string): Iterable<Box>;
}
