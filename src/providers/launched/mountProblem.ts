/**
 * Why nothing is copied to that destination of a file mount; `undefined` when it is. A job may have files anywhere on a machine of its own,
 * but a relative place is one in its working directory.
 */
export function mountProblem(destination: string): string | undefined {
  const relative = !/^(?:\/|~(?:\/|$))/.test(destination);
  if (/[\\\0\n]/.test(destination) || /^~[^/]/.test(destination))
    return 'On the machine a path has slashes and begins with / or ~/, or is inside the working directory.';
  if (relative && destination.split('/').includes('..'))
    return 'The path leads out of the working directory: write where it goes, from / or ~/.';
  return undefined;
}
