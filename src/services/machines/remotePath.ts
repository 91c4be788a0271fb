/** Paths on a machine: absolute, with `/`, whatever this computer's own look like. */

/** A name below a folder. */
export function remoteJoin(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

/** The last part; `/` of the top. */
export function remoteName(path: string): string {
  const last = /[^/]+$/.exec(path.replace(/\/+$/, ''));
  return last ? last[0] : '/';
}

/**
 * Whether a name that a machine gave can be the name of a file here, and nothing more: no way to another folder, no device
 * of Windows, no second stream.
 */
export function isPlainName(name: string, windows: boolean): boolean {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) return false;
  if (!windows) return true;
  return !/[\\:*?"<>|\p{Cc}]|[. ]$/u.test(name) && !/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name);
}
