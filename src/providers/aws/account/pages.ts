/** All items of an answer that comes in pages. */
export async function allPages<T>(
  ask: (token: {
    readonly NextToken?: string;
  }) => Promise<readonly [items: readonly T[] | undefined, next: string | undefined]>,
): Promise<readonly T[]> {
  const found: T[] = [];
  let token: string | undefined;
  do {
    const [items, next]: readonly [readonly T[] | undefined, string | undefined] = await ask(
      token === undefined ? {} : { NextToken: token },
    );
    found.push(...(items ?? []));
    token = next === '' ? undefined : next;
  } while (token !== undefined);
  return found;
}
