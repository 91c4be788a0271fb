export interface FrameContext {
  readonly jobId: string;
  /** Folder of the job file; absent when the job came from none. */
  readonly baseFolder?: string;
  /** The job's `workdir` where it is a folder, relative to `baseFolder` or absolute. */
  readonly workdir?: string;
  readonly workspaceFolders: readonly string[];
}

/**
 * What a frame of a traceback means in the workspace, as far as its path tells; all paths come back with `/`, a drive as `/c:`.
 * `undefined`: it is none of the workspace's files.
 */
export interface FrameTarget {
  /** The file that it is if that file exists, inside the workspace. */
  readonly path?: string;
  /** If not, any file of the workspace with this name may be it: see `bySuffix`. */
  readonly name?: string;
}

/**
 * A job runs in a copy of its workdir, so a path in there is led back to where the copy came from. Where a platform put the
 * copy elsewhere, the end of the path is what remains of it.
 */
export function frameTarget(file: string, context: FrameContext): FrameTarget | undefined {
  const path = slashed(file);
  if (isLibrary(path)) return undefined;
  const own = new RegExp(`/jobs/${escaped(context.jobId)}/nodes/\\d+/workdir/(.+)$`).exec(path)?.[1];
  if (own !== undefined || !path.startsWith('/')) {
    const exact = inside(original(own ?? path, context), context);
    return exact === undefined ? undefined : { path: exact };
  }
  if (anyCopy.test(path)) return undefined; // Another job's.
  const itself = inside(path, context);
  if (itself !== undefined) return { path: itself };
  const copied = inPlatformsCopy(path);
  const from = original(copied ?? '', context);
  // What was submitted from outside of the workspace is not in it.
  if (from !== undefined && inside(`${from}/x`, context) === undefined) return undefined;
  const exact = copied === undefined ? undefined : inside(from, context);
  const name = path.slice(path.lastIndexOf('/') + 1);
  return searchable.test(name) ? { ...(exact !== undefined && { path: exact }), name } : undefined;
}

/** Of `candidates`, the one that has most of the end of `file`'s path; `undefined` where two have as much. */
export function bySuffix(file: string, candidates: readonly string[]): string | undefined {
  const wanted = slashed(file).split('/').reverse();
  const found = candidates.map((path) => ({ path, parts: commonParts(wanted, path.split('/').reverse()) }));
  const most = Math.max(0, ...found.map(({ parts }) => parts));
  const best = found.filter(({ parts }) => parts === most);
  return most > 0 && best.length === 1 ? best[0]?.path : undefined;
}

/** A frame's file in few words: of a library's file what follows `site-packages`, of a copied one what it is a copy of. */
export function frameLabel(file: string): string {
  const path = slashed(file);
  return (
    /\/(?:site|dist)-packages\/(.+)$/.exec(path)?.[1] ??
    /\/nodes\/\d+\/workdir\/(.+)$/.exec(path)?.[1] ??
    inPlatformsCopy(path) ??
    file
  );
}

const anyCopy = /\/jobs\/[\w-]+\/nodes\/\d+\/workdir\//;

/** Where SageMaker, Azure ML, SkyPilot and many images put the workdir. */
const platformsCopies = [
  /^\/opt\/ml\/code\/(.+)$/,
  /^\/mnt\/azureml\/.{1,200}?\/wd\/(.+)$/,
  /^\/(?:root|home\/[^/]{1,100})\/sky_workdir\/(.+)$/,
  /^\/workspace\/(.+)$/,
];

function inPlatformsCopy(path: string): string | undefined {
  return platformsCopies.map((copy) => copy.exec(path)?.[1]).find((within) => within !== undefined);
}

/** The name of a source file, which means only itself where files are searched by pattern. */
const searchable = /^[\p{L}\p{N}_][\p{L}\p{N}_. -]{0,90}\.\w{1,5}$/u;

function isLibrary(path: string): boolean {
  return /\/(?:site|dist)-packages\/|\/lib(?:64)?\/python\d|\/python\d[\d.]*\/lib\/|^<|\/</i.test(path);
}

function inside(path: string | undefined, { workspaceFolders }: FrameContext): string | undefined {
  if (path === undefined) return undefined;
  const plain = withoutDots(path);
  return workspaceFolders.some((folder) => plain.startsWith(`${withoutDots(slashed(folder))}/`))
    ? plain
    : undefined;
}

function original(within: string, { baseFolder, workdir }: FrameContext): string | undefined {
  if (baseFolder === undefined || workdir === undefined) return undefined;
  const folder = slashed(workdir);
  return folder.startsWith('/') ? `${folder}/${within}` : `${slashed(baseFolder)}/${folder}/${within}`;
}

function commonParts(wanted: readonly string[], given: readonly string[]): number {
  const different = wanted.findIndex((part, index) => part !== given[index]);
  return different < 0 ? wanted.length : different;
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
