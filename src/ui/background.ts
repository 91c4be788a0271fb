import type { TrainingJob } from '../core/trainingJob';
import { Disposables, type Disposable } from '../lib/disposables';
import type { Core } from '../services/core';
import { activity } from './activity';
import type { Host } from './host';
import { restoreAttached } from './machines/restoreAttached';
import { notifications } from './notifications';
import { statusBar } from './statusBar';
import { watchdogWarnings } from './watchdogWarnings';

/** What goes on by itself in a window from the moment the state is open. */
export function background(host: Host, core: Core, inSight: (job: TrainingJob) => boolean): Disposable {
  const held = new Disposables();
  held.add(restoreAttached(core));
  held.add(activity(core));
  held.add(statusBar(core));
  held.add(notifications(host, core, inSight));
  held.add(watchdogWarnings(host, core));
  return held;
}
