import type * as package_ from 'ssh2';

export type Ssh2 = typeof package_;

/** Loaded at the first connection: it costs some 50 ms and 300 KB that a person without machines never pays. */
export async function loadSsh2(): Promise<Ssh2> {
  const loaded = (await import('ssh2')) as Ssh2 & { readonly default?: Ssh2 };
  return loaded.default ?? loaded;
}
