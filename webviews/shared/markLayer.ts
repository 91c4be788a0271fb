import { signOf, wordsOf, type ChartMark, type MarkGroup } from './chartMarks';
import { clockText } from './times';

const icons: Readonly<Record<ChartMark['kind'], string>> = {
  setup: 'tools',
  run: 'play',
  checkpoint: 'save',
  restart: 'debug-restart',
  warning: 'warning',
  stop: 'debug-stop',
  end: 'circle-slash',
};

/** Lines with a sign over a plot. They are drawn anew only when something has moved by a pixel. */
export class MarkLayer {
  private readonly layer = document.createElement('div');
  private drawn = '';

  constructor(over: HTMLElement) {
    this.layer.className = 'chart-marks';
    over.append(this.layer);
  }

  show(groups: readonly MarkGroup[]): void {
    const drawn = JSON.stringify(groups.map(({ left, marks }) => [Math.round(left), marks]));
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.layer.replaceChildren(...groups.map(element));
  }
}

function element(group: MarkGroup): HTMLElement {
  const kind = signOf(group);
  const mark = document.createElement('div');
  mark.className = `chart-mark chart-mark-${kind}`;
  mark.style.transform = `translateX(${Math.round(group.left)}px)`;
  const sign = document.createElement('span');
  sign.className = `codicon codicon-${icons[kind]}`;
  sign.title = wordsOf(group, clockText);
  sign.setAttribute('role', 'img');
  sign.setAttribute('aria-label', sign.title);
  mark.append(sign);
  return mark;
}
