/**
 * One word of a POSIX shell that stands for exactly `text`: the only way in which data may become part of a shell's input.
 * A NUL byte can't be part of a word and throws.
 */
export function shellQuote(text: string): string {
  if (text.includes('\0')) throw new RangeError('A shell word can’t hold a NUL character');
  if (/^[A-Za-z0-9_@%+:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
