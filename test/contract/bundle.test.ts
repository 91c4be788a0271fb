import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';

/** Of what ships: the text of each chunk, by its name. */
function chunks(): ReadonlyMap<string, string> {
  const names = readdirSync('dist/chunks').filter((name) => name.endsWith('.js'));
  return new Map(names.map((name) => [name, readFileSync(join('dist/chunks', name), 'utf8')]));
}

/** Names of the chunks that are loaded with a text, without those that wait for an `import()`. */
function loadedWith(all: ReadonlyMap<string, string>, text: string, found = new Set<string>()): Set<string> {
  for (const [, path = ''] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) {
    const name = basename(path);
    if (found.has(name)) continue;
    found.add(name);
    loadedWith(all, all.get(name) ?? '', found);
  }
  return found;
}

const extension = () => readFileSync('dist/extension.js', 'utf8');

test('what VS Code waits for as it activates the extension is small, and has no package of somebody else in it', () => {
  const all = chunks();
  const texts = [extension(), ...[...loadedWith(all, extension())].map((name) => all.get(name) ?? '')];
  expect(texts.length).toBeGreaterThan(5);
  // Bytes. A package that comes in by an import too many is larger than all of ours.
  expect(texts.reduce((sum, text) => sum + text.length, 0)).toBeLessThan(120_000);
});

test('the AWS SDK is in no chunk that is loaded before AWS is used', () => {
  const all = chunks();
  const ofSdk = [...all].filter(([, text]) => /x-amz-user-agent|X-Amz-Target/i.test(text));
  expect(ofSdk.length).toBeGreaterThan(0);
  const loaded = loadedWith(all, extension());
  // The list of providers and the core come when the first view opens.
  for (const [name, text] of all) if (/^(all|core)-/.test(name)) loadedWith(all, text, loaded.add(name));
  expect(loaded.size).toBeGreaterThan(5);
  expect(ofSdk.map(([name]) => name).filter((name) => loaded.has(name))).toEqual([]);
});
