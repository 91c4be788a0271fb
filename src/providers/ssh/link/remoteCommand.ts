import { ProviderError } from '../../../core/errors';
import { shellQuote } from '../../../node/shellQuote';

/** Linux takes no longer word than 128 KiB, and the login shell gets all of this as one. */
const longest = 130_000;

/**
 * The line for the user's login shell that becomes exactly this program. sshd gives it to whatever shell the user has, so it
 * holds only what sh, bash, zsh, fish and csh read alike: `exec`, and words in single quotes without `'`, `\`, `!` and control
 * characters, which csh and fish see differently even there. Other words go through sh, written as octal numbers.
 */
export function remoteCommand(argv: readonly [string, ...string[]]): string {
  for (const word of argv) {
    if (!word.isWellFormed() || word.includes('\0')) {
      throw new ProviderError(
        'invalid',
        'A word for a program on a machine can’t hold NUL or half a character.',
      );
    }
  }
  const command = argv.every((word) => calm.test(word))
    ? `exec ${argv.map((word) => `'${word}'`).join(' ')}`
    : `exec sh -c 'eval "$(printf %b "${encoded(`exec ${argv.map(shellQuote).join(' ')}`)}")"'`;
  if (Buffer.byteLength(command) > longest) {
    throw new ProviderError(
      'invalid',
      `A program’s words are too long for a machine’s shell (128 KiB); hand long texts over by its input: ${argv[0].slice(0, 80)}`,
    );
  }
  return command;
}

/** What single quotes hold together in every shell. */
const calm = /^[^\p{Cc}'\\!]*$/u;

/** As `printf %b` reads it, and as it may stand in double quotes within single quotes. */
function encoded(text: string): string {
  return text.replaceAll(/[\p{Cc}'"\\!$`]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join(''),
  );
}
