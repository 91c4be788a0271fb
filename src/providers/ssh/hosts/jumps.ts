/** A host to go through, as a ProxyJump names it. */
export interface Jump {
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
}

/** The hosts of a ProxyJump, nearest first; none for `none`; `undefined` where the text is not one. */
export function parseJumps(text: string): readonly Jump[] | undefined {
  if (text.toLowerCase() === 'none') return [];
  const jumps = text.split(',').map(parseJump);
  return jumps.every((jump) => jump !== undefined) ? jumps : undefined;
}

/** `user@host:port`, `[address]:port` or `ssh://user@host:port`. A bare IPv6 address has no place for a port. */
export function parseJump(text: string): Jump | undefined {
  const uri = text.startsWith('ssh://');
  const [, user, bracketed, bare, port] =
    /^(?:([^\s]+)@)?(?:\[([^\]\s]+)\]|([^\s[\]@]+?))(?::(\d{1,5}))?\/?$/.exec(uri ? text.slice(6) : text) ??
    [];
  const host = bracketed ?? bare;
  if (host === undefined || host.startsWith('-') || (bare?.includes(':') ?? false)) return undefined;
  const number = port === undefined ? undefined : Number(port);
  if (number !== undefined && (number < 1 || number > 65_535)) return undefined;
  return { host, user: uri && user !== undefined ? decoded(user) : user, port: number };
}

function decoded(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
