import { describe, expect, it } from 'vitest';
import type { Memento, TextDocument } from 'vscode';
import { isFirstToTell } from '../../../src/ui/firstToTell';
import { JobFiles } from '../../../src/ui/language/jobFiles';

class MemoryMemento implements Memento {
  private readonly values = new Map<string, unknown>();
  keys = () => [...this.values.keys()];
  get = <T>(key: string, fallback?: T) => (this.values.get(key) ?? fallback) as T;
  update = (key: string, value: unknown) => Promise.resolve(void this.values.set(key, value));
}

function document(path: string): TextDocument {
  return { uri: { path, toString: () => `file://${path}` } } as unknown as TextDocument;
}

describe('the window that tells of an end', () => {
  const now = Promise.resolve();

  it('is the first that asks, and only for that job', async () => {
    const storage = new MemoryMemento();
    expect(await isFirstToTell(storage, 'a', now)).toBe(true);
    expect(await isFirstToTell(storage, 'a', now)).toBe(false);
    expect(await isFirstToTell(storage, 'b', now)).toBe(true);
  });

  it('is the one whose turn comes first, although another heard of it first', async () => {
    const storage = new MemoryMemento();
    const later = Promise.withResolvers<undefined>();
    const behind = isFirstToTell(storage, 'a', later.promise);
    expect(await isFirstToTell(storage, 'a', now)).toBe(true);
    later.resolve(undefined);
    expect(await behind).toBe(false);
  });
});

describe('job files', () => {
  it('are known by name', () => {
    const files = new JobFiles(new MemoryMemento());
    for (const name of ['/a/train.job.yaml', '/a/train.job.yml', '/a/b.sky.yaml', '/a/B.SKY.YML'])
      expect(files.has(document(name)), name).toBe(true);
    for (const name of ['/a/compose.yaml', '/a/job.yaml', '/a/train.job.yaml.bak', '/a/train.job.json'])
      expect(files.has(document(name)), name).toBe(false);
  });

  it('are also any YAML that was submitted, in the next window too', async () => {
    const storage = new MemoryMemento();
    const files = new JobFiles(storage);
    let told = 0;
    files.onDidAdd(() => told++);
    await files.add(document('/a/compose.yaml'));
    await files.add(document('/a/compose.yaml'));
    await files.add(document('/a/train.job.yaml'));
    expect(told).toBe(1);
    expect(new JobFiles(storage).has(document('/a/compose.yaml'))).toBe(true);
  });
});
