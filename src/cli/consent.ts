import { createInterface } from 'node:readline/promises';
import type { Consent } from '../core/costGuard';
import { hourlyText } from '../core/words';
import { CliError, exitCode } from './exitCode';
import type { CliHost } from './host';

/** Asks once before anything starts; `--yes` is the answer given beforehand. */
export function consentOf(
  host: CliHost,
  yes: boolean,
  question: string,
  verb: 'Submit' | 'Start' | 'Launch' = 'Submit',
): Consent {
  return async (_verdict, offer) => {
    if (yes) return true;
    if (!host.interactive) {
      throw new CliError(
        exitCode.badInput,
        `Nobody is here to confirm. Give --yes to ${verb.toLowerCase()} without a question.`,
      );
    }
    const lines = createInterface({ input: host.in, output: host.err });
    try {
      const text = `${question} · ${hourlyText(offer.hourlyUsd)}. ${verb}? [y/N] `;
      const answer = await lines.question(text, { signal: host.interrupted });
      return /^y(es)?$/i.test(answer.trim());
    } finally {
      lines.close();
    }
  };
}
