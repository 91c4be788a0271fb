import { messageOf, SignInError } from '../../core/errors';
import { oneLine } from './markdown';
import type { Row } from './row';

/** Something that can't be shown, with why: a provider that is broken, or the state itself. */
export interface Trouble {
  readonly kind: 'trouble';
  readonly id: string;
  readonly label: string;
  readonly error: unknown;
}

/** What a click does where a sign-in mends it, and else what is said otherwise. */
export function troubleLabel(connection: string, error: unknown, otherwise: string): string {
  return error instanceof SignInError ? `Sign In to ${connection}…` : otherwise;
}

/** A click tries again, or signs in where that is what mends it. */
export function troubleRow({ id, label, error }: Trouble): Row {
  const why = oneLine(messageOf(error), 500);
  return {
    id: `trouble/${id}`,
    label,
    description: withoutWhat(why),
    icon: { id: 'warning', color: 'list.warningForeground' },
    contextValue: 'trouble retryable',
    tooltip: { title: label, facts: [['Why', why]] },
    command:
      error instanceof SignInError
        ? { command: 'trainyard.connection.signIn', title: 'Sign In', arguments: [error.connection] }
        : { command: 'trainyard.refresh', title: 'Try Again', arguments: [] },
  };
}

/** The label says what fails, and the reason has little room: of `The jobs can’t be listed: sign in.` this is `sign in.`. */
function withoutWhat(why: string): string {
  return /^[^:]{1,80} can’t be [^:]{1,40}: (.+)$/.exec(why)?.[1] ?? why;
}
