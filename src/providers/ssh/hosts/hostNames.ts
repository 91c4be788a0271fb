import type { ConfigFile, ConfigFiles } from './configFiles';
import { isConcrete } from './hostPattern';

/** A host that a configuration names, and where. */
export interface NamedHost {
  readonly alias: string;
  readonly path: string;
  readonly line: number;
}

/** Every host that a `Host` line names alone, in the order of the files. A file with mistakes still gives what can be read. */
export function namedHosts({ roots, files }: ConfigFiles): readonly NamedHost[] {
  const hosts = new Map<string, NamedHost>();
  const seen = new Set<ConfigFile>();
  const look = (path: string): void => {
    const file = files.get(path);
    if (!file || seen.has(file)) return;
    seen.add(file);
    for (const { number: line, keyword, words = [] } of file.lines) {
      if (keyword === 'include') file.includes.get(line)?.forEach(look);
      if (keyword !== 'host') continue;
      for (const alias of words.filter(isHostName)) {
        if (!hosts.has(alias)) hosts.set(alias, { alias, path, line });
      }
    }
  };
  roots.forEach(look);
  return [...hosts.values()];
}

/** A name that could be an option of ssh's, or that holds what no name does, is not one that ssh itself could be called with. */
function isHostName(word: string): boolean {
  return isConcrete(word) && !word.startsWith('-') && !/[\s,/\p{Cc}]/u.test(word);
}
