import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { isSystemError } from '../../../node/files';
import { configLines, type ConfigLine } from './configText';
import { glob } from './glob';
import { expandTilde } from './surroundings';

/** A configuration file to begin with, and where its relative Includes lie. */
export interface ConfigRoot {
  readonly path: string;
  /** `~/.ssh` for a user's file, `/etc/ssh` for the system's. */
  readonly base: string;
}

export interface ConfigFile {
  readonly path: string;
  /** `undefined`: it can't be read, for the reason in `problem`. */
  readonly lines: readonly ConfigLine[];
  readonly problem?: string;
  /** Files that an Include line means, by its line number. */
  readonly includes: ReadonlyMap<number, readonly string[]>;
}

/** Configuration files with all that they include, each read once. */
export interface ConfigFiles {
  readonly roots: readonly string[];
  /** By path. A file that is not there is not in it. */
  readonly files: ReadonlyMap<string, ConfigFile>;
  /** Patterns of all Includes, as absolute paths: where a file that appears would count. */
  readonly patterns: readonly string[];
}

/** Longest file that is read, in bytes: a configuration is text that a person wrote. */
const longest = 8 << 20;

export async function readConfigFiles(roots: readonly ConfigRoot[], home: string): Promise<ConfigFiles> {
  const files = new Map<string, ConfigFile>();
  const patterns: string[] = [];
  const read = async (path: string, base: string): Promise<void> => {
    if (files.has(path)) return;
    const includes = new Map<number, readonly string[]>();
    const { text, problem } = await readText(path);
    if (text === undefined && problem === undefined) return;
    const lines = configLines(text ?? '');
    files.set(path, { path, lines, includes, ...(problem !== undefined && { problem }) });
    for (const { number, keyword, words = [] } of lines) {
      if (keyword !== 'include') continue;
      const wanted = words.filter(Boolean).map((word) => anchored(word, base, home));
      patterns.push(...wanted);
      const found = (await Promise.all(wanted.map(glob))).flat();
      includes.set(number, found);
      for (const file of found) await read(file, base);
    }
  };
  for (const { path, base } of roots) await read(path, base);
  return { roots: roots.map(({ path }) => path), files, patterns };
}

function anchored(word: string, base: string, home: string): string {
  const path = expandTilde(word, home);
  return isAbsolute(path) ? path : join(base, path);
}

async function readText(path: string): Promise<{ readonly text?: string; readonly problem?: string }> {
  try {
    const { size } = await stat(path);
    if (size > longest) return { problem: `It is larger than ${longest} bytes` };
    return { text: await readFile(path, 'utf8') };
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return {};
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
