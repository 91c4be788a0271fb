import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { readMarks } from '../../src/protocol/runPanel';
import { mostStripParts } from '../../src/protocol/runLog';
import type { LogMarks, LogView } from '../../src/protocol/runLog';
import { ask } from '../shared/host';
import { LightElement } from '../shared/lightElement';
import { oneAtATime } from '../shared/oneAtATime';
import { cssValue, themeChanged } from '../shared/theme';
import { run } from './runModel';

/** Marks closer to each other than this, in pixels, are drawn as one. */
const markHeight = 3;

/** The whole log beside its scroll bar, with marks where lines match or tell of errors. A click leads there. */
@customElement('log-strip')
export class LogStrip extends LightElement {
  @property({ attribute: false }) view!: LogView;
  @property({ attribute: false }) onGo: (share: number) => void = () => undefined;
  private marks: LogMarks | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    const size = new ResizeObserver(this.load);
    size.observe(this);
    this.atEnd(() => {
      size.disconnect();
    });
    this.listen(run.logGrew, this.load);
    this.listen(run.searchMoved, this.load);
    this.listen(themeChanged, () => {
      this.draw();
    });
  }

  /** Reads the marks again. */
  readonly load = oneAtATime(
    async () => {
      const parts = Math.min(mostStripParts, Math.floor(this.clientHeight / markHeight));
      if (parts < 1) return;
      // What can't be read is said where the rows are.
      const marks = await ask(readMarks, { view: this.view, parts }).catch(() => undefined);
      this.marks = marks;
      this.draw();
    },
    () => this.isConnected,
  );

  protected override render(): TemplateResult {
    return html`<canvas class="strip-canvas" aria-hidden="true" @click=${this.onClick}></canvas>`;
  }

  protected override updated(): void {
    this.load();
  }

  private draw(): void {
    const canvas = this.querySelector('canvas');
    const context = canvas?.getContext('2d');
    if (!canvas || !context) return;
    const scale = window.devicePixelRatio;
    canvas.width = Math.round(this.clientWidth * scale);
    canvas.height = Math.round(this.clientHeight * scale);
    const { width, height } = canvas;
    const paint = (marks: Uint8Array, colour: string, left: number, right: number) => {
      context.fillStyle = colour;
      marks.forEach((mark, at) => {
        const y = Math.round((at / marks.length) * height);
        if (mark) context.fillRect(left * width, y, (right - left) * width, markHeight * scale);
      });
    };
    if (!this.marks) return;
    const error =
      cssValue('--vscode-editorOverviewRuler-errorForeground') || cssValue('--vscode-errorForeground');
    const hit =
      cssValue('--vscode-editorOverviewRuler-findMatchForeground') || cssValue('--vscode-charts-yellow');
    paint(this.marks.errors, error, 0.5, 1);
    paint(this.marks.hits, opaque(hit), 0, 0.5);
  }

  private readonly onClick = (event: MouseEvent): void => {
    this.onGo(event.offsetY / Math.max(1, this.clientHeight));
  };
}

/** Themes give this colour half transparent, made to lie over other marks. */
function opaque(colour: string): string {
  return colour.replace(/^(#[0-9a-f]{6})[0-9a-f]{2}$/i, '$1');
}
