export interface FrameContext {
  readonly jobId: string;
  /** Folder of the job file; absent when the job came from none. */
  readonly baseFolder?: string;
  /** The job's `workdir` where it is a folder, relative to `baseFolder` or absolute. */
  readonly workdir?: string;
  readonly workspaceFolders: readonly string[];
}

/**
 * The workspace file that a frame of a traceback means, or `undefined` when it is none. A job runs in its own copy of the
 * workdir, so a path in there is led back to where the copy came from. All paths come back with `/`; a drive as `/c:`.
 */
export function frameTarget(file: string, context: FrameContext): string | undefined {
  const path = slashed(file);
  const copy = new RegExp(`/jobs/${escaped(context.jobId)}/nodes/\\d+/workdir/(.+)$`).exec(path);
  const within = copy?.[1] ?? (path.startsWith('/') ? undefined : path);
  const target = within === undefined ? path : original(within, context);
  if (target === undefined) return undefined;
  const plain = withoutDots(target);
  const inside = context.workspaceFolders.some((folder) =>
    plain.startsWith(`${withoutDots(slashed(folder))}/`),
  );
  return inside ? plain : undefined;
}

/** A frame's file in few words: of a library's file what follows `site-packages`, of a copied one what it is a copy of. */
export function frameLabel(file: string): string {
  const path = slashed(file);
  return (
    /\/(?:site|dist)-packages\/(.+)$/.exec(path)?.[1] ??
    /\/nodes\/\d+\/workdir\/(.+)$/.exec(path)?.[1] ??
    file
  );
}

function original(within: string, { baseFolder, workdir }: FrameContext): string | undefined {
  if (baseFolder === undefined || workdir === undefined) return undefined;
  const folder = slashed(workdir);
  return folder.startsWith('/') ? `${folder}/${within}` : `${slashed(baseFolder)}/${folder}/${within}`;
}

/** `C:\a\b` and `/a/b` as `/c:/a/b` and `/a/b`, the way `Uri.path` has them. */
function slashed(path: string): string {
  const windows = /^\/?([A-Za-z]):[\\/]/.exec(path);
  if (!windows) return path;
  const rest = path.slice(windows[0].length).replaceAll('\\', '/');
  return `/${(windows[1] ?? '').toLowerCase()}:/${rest}`;
}

function withoutDots(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
