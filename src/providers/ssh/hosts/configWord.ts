/** One word of an ssh_config that stands for exactly `text`, which must hold no control character. */
export function configWord(text: string): string {
  if (/\p{Cc}/u.test(text))
    throw new RangeError('A word of an SSH configuration can’t hold a control character');
  if (/^[^\s"'\\#=]+$/.test(text)) return text;
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
