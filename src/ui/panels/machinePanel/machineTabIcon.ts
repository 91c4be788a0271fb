import type { MachineState } from '../../../core/machine';
import { tabPicture, type TabHue } from '../tabHues';

const screen =
  '<path d="M4.5 14h7M6.5 11.5V14m3-2.5V14M3 2.5h10c.6 0 1 .4 1 1v7c0 .6-.4 1-1 1H3c-.6 0-1-.4-1-1v-7c0-.6.4-1 1-1z" fill="none" stroke="COLOUR" stroke-width="1.3" stroke-linecap="round"/>';

/** State by shape and colour, never by colour alone. */
const looks: Record<MachineState, readonly [inside: string, TabHue]> = {
  detached: ['', 'grey'],
  attaching: ['<path d="M5.5 7h.01M8 7h.01M10.5 7h.01" STROKE/>', 'blue'],
  attached: ['<path d="M5.5 7.2l1.8 1.7 3.2-3.6" STROKE/>', 'green'],
  reconnecting: ['<path d="M8 4.7v2.6M8 9.2v.01" STROKE/>', 'orange'],
};

const stroke =
  'fill="none" stroke="COLOUR" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"';

/** The icon of a machine's tab: a screen, with what its connection is in it. */
export function machineTabIcon(state: MachineState, theme: 'light' | 'dark'): string {
  const [inside, hue] = looks[state];
  return tabPicture(screen + inside.replaceAll('STROKE', stroke), hue, theme);
}
