import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { JobView } from '../../src/protocol/runPanel';
import { icon } from './icon';

type JobState = JobView['state'];

/** State by shape, word and colour, never by colour alone. */
const looks: Record<JobState, { readonly icon: string; readonly spin?: true }> = {
  queued: { icon: 'history' },
  starting: { icon: 'loading', spin: true },
  running: { icon: 'play-circle' },
  stopping: { icon: 'loading', spin: true },
  succeeded: { icon: 'pass' },
  failed: { icon: 'error' },
  stopped: { icon: 'stop-circle' },
  unknown: { icon: 'question' },
};

export function stateIcon(state: JobState): TemplateResult {
  const { icon: name, spin } = looks[state];
  return html`<span class="state-${state}">${icon(name, undefined, spin)}</span>`;
}

export function stateText(state: JobState): TemplateResult {
  return html`<span class="state state-${state}"
    >${icon(looks[state].icon, undefined, looks[state].spin)} ${state}</span
  >`;
}

/** Which of its states a node is listed first by: what went wrong, then what is under way. */
export const stateOrder: Record<JobState, number> = {
  failed: 0,
  unknown: 1,
  stopping: 2,
  starting: 3,
  running: 4,
  queued: 5,
  stopped: 6,
  succeeded: 7,
};
