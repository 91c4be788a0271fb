/** JSON as VS Code writes it in its own files: with comments and with commas after the last item. */
export function parseJsonWithComments(text: string): unknown {
  const strict = text.replace(
    /("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/|,(?=(?:\s|\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*[}\]])/g,
    (_, string?: string) => string ?? '',
  );
  return JSON.parse(strict);
}
