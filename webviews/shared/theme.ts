import { Signal } from './signal';

/** Told when the editor's colours changed; what is drawn on a canvas has to be drawn again. */
export const themeChanged = new Signal();

// VS Code puts the theme's kind on the body and its colours on the root's style.
const watched = { attributes: true, attributeFilter: ['class', 'style', 'data-vscode-theme-id'] };
const observer = new MutationObserver(() => {
  themeChanged.tell();
});
observer.observe(document.documentElement, watched);
observer.observe(document.body, watched);

/** Without orange: some of VS Code's own themes give it as a shade that can hardly be seen. */
const chartColours = ['blue', 'yellow', 'green', 'purple', 'red'];

export interface SeriesLook {
  readonly colour: string;
  /** Past the palette's end, lines are told apart by their dashes and a paler or darker shade. */
  readonly dash: readonly number[];
}

const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [10, 3, 2, 3]];

export function seriesLook(index: number): SeriesLook {
  const name = chartColours[index % chartColours.length] ?? 'blue';
  const round = Math.floor(index / chartColours.length) % dashes.length;
  const colour = cssValue(`--vscode-charts-${name}`);
  const shade = cssValue('--vscode-foreground');
  return { colour: shaded(colour, shade, round), dash: dashes[round] ?? [] };
}

/** The same shades as those of the legend's marks in `charts.css`. */
function shaded(colour: string, shade: string, round: number): string {
  const part = [100, 65, 40, 80][round] ?? 100;
  return part === 100 || !shade ? colour : `color-mix(in srgb, ${colour} ${part}%, ${shade})`;
}

/** The class that gives an element the colour of `seriesLook` as `--tone`. */
export function toneOf(index: number): string {
  return `tone-${index % chartColours.length}`;
}

/** The class of a legend's mark, which shows colour and dash. */
export function markOf(index: number): string {
  return `${toneOf(index)} dash-${Math.floor(index / chartColours.length) % dashes.length}`;
}

/** The value of a theme variable now. */
export function cssValue(name: string): string {
  return getComputedStyle(document.body).getPropertyValue(name).trim();
}
