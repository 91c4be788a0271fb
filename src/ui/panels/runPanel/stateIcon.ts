import type { JobState } from '../../../core/trainingJob';
import { tabPicture, type TabHue } from '../tabHues';

type Shape = 'ring' | 'half' | 'check' | 'cross' | 'square' | 'question';

/** State by shape and colour, never by colour alone. */
const looks: Record<JobState, readonly [Shape, TabHue]> = {
  queued: ['ring', 'grey'],
  starting: ['half', 'grey'],
  running: ['half', 'blue'],
  stopping: ['square', 'orange'],
  succeeded: ['check', 'green'],
  failed: ['cross', 'red'],
  stopped: ['square', 'grey'],
  unknown: ['question', 'orange'],
};

const ring = '<circle cx="8" cy="8" r="5.5" fill="none" stroke="COLOUR" stroke-width="1.5"/>';
const line = 'fill="none" stroke="COLOUR" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"';
const shapes: Record<Shape, string> = {
  ring,
  half: `${ring}<path d="M8 2.5a5.5 5.5 0 0 0 0 11z" fill="COLOUR"/>`,
  check: `<path d="M3 8.5l3.2 3.2L13 4.8" ${line}/>`,
  cross: `<path d="M4 4l8 8M12 4l-8 8" ${line}/>`,
  square: `${ring}<rect x="5.8" y="5.8" width="4.4" height="4.4" fill="COLOUR"/>`,
  question: `${ring}<path d="M6.6 6.6a1.5 1.5 0 1 1 2 1.5c-.4.2-.6.4-.6.9M8 10.9v.1" ${line}/>`,
};

/** The icon of a panel's tab, as an SVG picture for one kind of theme. */
export function stateIcon(state: JobState, theme: 'light' | 'dark'): string {
  const [shape, hue] = looks[state];
  return tabPicture(shapes[shape], hue, theme);
}
