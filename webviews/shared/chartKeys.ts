import type { LineChart } from './lineChart';

/** How far a key moves the cursor, in hundredths of the chart's width. */
const moves: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, Home: -1000, End: 1000 };
const zooms: Readonly<Record<string, number>> = { '+': 0.5, '=': 0.5, '-': 2, _: 2 };

/** What a key does to the chart that has the focus; whether it does anything. */
export function chartKey(event: KeyboardEvent, chart: LineChart, showAll: () => void): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const move = moves[event.key];
  const zoom = zooms[event.key];
  if (move !== undefined) chart.moveCursor(event.shiftKey ? move * 10 : move);
  else if (zoom !== undefined) chart.zoomBy(zoom);
  else if (event.key === '0' || event.key === 'Escape') {
    chart.leaveCursor();
    showAll();
  } else return false;
  return true;
}
