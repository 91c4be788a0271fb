import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** Of what ships and runs in Node: the text of each file, by its path in `dist`. */
function built(): ReadonlyMap<string, string> {
  const names = readdirSync('dist', { recursive: true, encoding: 'utf8' });
  const ours = names.filter((name) => name.endsWith('.js') && !name.startsWith('webviews'));
  return new Map(ours.map((name) => [name, readFileSync(join('dist', name), 'utf8')]));
}

const waitedFor = /(?:from|import)\s*"(\.[^"]+)"/g;
const soonOrLater = /(?:from|import|import\()\s*["'`](\.[^"'`]+\.js)["'`]/g;

/** A file and those it imports; only those that are loaded with it, without the ones of an `import()`, unless `how` has them too. */
function loadedWith(all: ReadonlyMap<string, string>, name: string, how = waitedFor): Set<string> {
  const found = new Set([name]);
  // A set goes on through what is added while it is gone through.
  for (const each of found) {
    const text = all.get(each);
    if (text === undefined) throw new Error(`Nothing was built: ${each}`);
    for (const [, path = ''] of text.matchAll(how)) found.add(join(dirname(each), path));
  }
  return found;
}

test('what VS Code waits for as it activates the extension is small, in few files, and has no package of somebody else in it', () => {
  const all = built();
  const names = [...loadedWith(all, 'extension.js')];
  // The entry, what needs the editor and what does not: each file more costs a millisecond.
  expect(names).toHaveLength(3);
  // Bytes. A package that comes in by an import too many is larger than all of ours.
  const bytes = names.reduce((sum, name) => sum + (all.get(name) ?? '').length, 0);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(120_000);
});

test('what is loaded later shares the classes of what was loaded at activation', () => {
  const all = built();
  const [, ...atActivation] = loadedWith(all, 'extension.js');
  // The name that only our `CancelledError` gives itself: two such classes would not be instances of each other.
  const made = [...all].filter(([, text]) => /name\s*=\s*["'`]CancelledError["'`]/.test(text));
  expect(made.map(([name]) => name)).toHaveLength(1);
  const users = [...all.keys()].filter((name) => name.startsWith('chunks') && !atActivation.includes(name));
  for (const shared of atActivation)
    expect(users.some((name) => loadedWith(all, name).has(shared))).toBe(true);
});

test('no two files wait for each other', () => {
  const all = built();
  for (const name of all.keys()) {
    const [, ...needed] = loadedWith(all, name);
    expect(needed.filter((other) => loadedWith(all, other).has(name))).toEqual([]);
  }
});

test('nothing that the command line or a worker thread can load asks for the editor', () => {
  const all = built();
  const programs = [...all.keys()].filter((name) => name === 'cli.js' || name.startsWith('workers'));
  expect(programs.length).toBeGreaterThan(2);
  const loaded = programs.flatMap((name) => [...loadedWith(all, name, soonOrLater)]);
  expect(loaded.length).toBeGreaterThan(50);
  expect(loaded.filter((name) => /from\s*"vscode"/.test(all.get(name) ?? ''))).toEqual([]);
});

test('the AWS SDK is in no file that is loaded before AWS is used', () => {
  const all = built();
  const ofSdk = [...all].filter(([, text]) => /x-amz-user-agent|X-Amz-Target/i.test(text));
  expect(ofSdk.length).toBeGreaterThan(0);
  // The list of providers and the core come when the first view opens.
  const first = [...all.keys()].filter((name) => /chunks[\\/](all|core)-/.test(name));
  expect(first).toHaveLength(2);
  const loaded = ['extension.js', ...first].flatMap((name) => [...loadedWith(all, name)]);
  expect(ofSdk.map(([name]) => name).filter((name) => loaded.includes(name))).toEqual([]);
});
