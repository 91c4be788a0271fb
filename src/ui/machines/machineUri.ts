/** Files of machines in the editor: `trainyard-machine://<machine>/<path>`. */
export const machineScheme = 'trainyard-machine';

/**
 * A machine's id as the authority of a URI, which the editor writes in small letters: others, and what an authority can't hold,
 * stand as their code in hexadecimal between underscores. `ssh/gpu-1` is `ssh+gpu-1`.
 */
export function authorityOf(machine: string): string {
  return machine.replace(/[^a-z0-9.-]/gu, (character) =>
    character === '/' ? '+' : `_${(character.codePointAt(0) ?? 0).toString(16)}_`,
  );
}

export function machineOfAuthority(authority: string): string {
  return authority
    .replaceAll('+', '/')
    .replace(/_([0-9a-f]+)_/g, (_, code: string) => String.fromCodePoint(parseInt(code, 16)));
}
