import type { Json } from './jobSpec';
import { plainOf, type Tree } from './yamlTree';

/** A value as JSON: dates become text, and numbers that JSON lacks become null. */
export function jsonOf(tree: Tree): Json {
  return JSON.parse(JSON.stringify(plainOf(tree) ?? null)) as Json;
}
