/**
 * Whether the name that a driver gives a process fits the words that the system gives for its pid. A driver counts pids for the whole
 * machine and a container its own: a pid that means another program there must not be taken for it. A name that the driver does not
 * know fits nothing that could be checked, and is taken.
 */
export function sameProgram(name: string | undefined, command: string): boolean {
  if (name === undefined || command === '') return true;
  if (command.startsWith(name)) return true;
  const program = command.split(' ')[0] ?? '';
  return fileOf(name) === fileOf(program) || fileOf(name) === fileOf(program).replace(/^-/, '');
}

function fileOf(path: string): string {
  return (path.split(' ')[0] ?? '').replace(/^.*[\\/]/, '');
}
