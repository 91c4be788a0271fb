import { messageOf } from '../../core/errors';
import { oneLine } from './markdown';
import type { Row } from './row';

/** Something that can't be shown, with why: a provider that is broken, or the state itself. */
export interface Trouble {
  readonly kind: 'trouble';
  readonly id: string;
  readonly label: string;
  readonly error: unknown;
}

/** A click tries again. */
export function troubleRow({ id, label, error }: Trouble): Row {
  const why = oneLine(messageOf(error), 500);
  return {
    id: `trouble/${id}`,
    label,
    description: why,
    icon: { id: 'warning', color: 'list.warningForeground' },
    contextValue: 'trouble retryable',
    tooltip: { title: label, facts: [['Why', why]] },
    command: { command: 'trainyard.refresh', title: 'Try Again', arguments: [] },
  };
}
