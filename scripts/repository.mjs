import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this clone. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** An absolute path in this clone. */
export const inRoot = (...names) => join(root, ...names);

/** What the scripts keep between runs; deleting it costs time only. */
export const inCache = (...names) => inRoot('.cache', ...names);

export const manifest = () => JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
