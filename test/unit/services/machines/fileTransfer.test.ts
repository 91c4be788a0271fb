import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError } from '../../../../src/core/errors';
import type { RemoteFile, RemoteFiles } from '../../../../src/core/machine';
import { download } from '../../../../src/services/machines/download';
import type { TransferOptions, TransferProgress } from '../../../../src/services/machines/fileTransfer';
import { isPlainName, remoteJoin, remoteName } from '../../../../src/services/machines/remotePath';
import { upload } from '../../../../src/services/machines/upload';
import { LocalMachine } from '../../../fakes/localMachine';
import { never } from '../../../fakes/stateFolder';

let root = '';
let here = '';
let there = '';
let machine: LocalMachine;
const replace: TransferOptions = { onConflict: () => Promise.resolve('replace') };
const skip: TransferOptions = { onConflict: () => Promise.resolve('skip') };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trainyard-transfer-'));
  here = join(root, 'here');
  there = join(root, 'there');
  mkdirSync(here);
  mkdirSync(there);
  machine = new LocalMachine(there);
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function makeTree(folder: string): void {
  mkdirSync(join(folder, 'data/deep'), { recursive: true });
  writeFileSync(join(folder, 'data/a.txt'), 'a');
  writeFileSync(join(folder, 'data/deep/b with spaces ü.bin'), Buffer.alloc(300_000, 7));
  writeFileSync(join(folder, 'data/empty'), '');
}

describe('an upload', () => {
  it('takes files and whole folders along, byte for byte, and tells how far it is', async () => {
    makeTree(here);
    const seen: TransferProgress[] = [];
    const options = { ...replace, onProgress: (progress: TransferProgress) => seen.push(progress) };
    const result = await upload(machine, [join(here, 'data')], there, options, never);
    expect(result).toEqual({ files: 3, bytes: 300_001, skipped: [] });
    expect(readFileSync(join(there, 'data/deep/b with spaces ü.bin')).equals(Buffer.alloc(300_000, 7))).toBe(
      true,
    );
    expect(readFileSync(join(there, 'data/empty'), 'utf8')).toBe('');
    expect(seen.at(-1)).toEqual({ bytes: 300_001, totalBytes: 300_001, files: 3, totalFiles: 3 });
  });

  it('asks where something of the name is there, and leaves that as it is where it is told to', async () => {
    writeFileSync(join(here, 'a.txt'), 'new');
    writeFileSync(join(there, 'a.txt'), 'old');
    await upload(machine, [join(here, 'a.txt')], there, skip, never);
    expect(readFileSync(join(there, 'a.txt'), 'utf8')).toBe('old');
    await upload(machine, [join(here, 'a.txt')], there, replace, never);
    expect(readFileSync(join(there, 'a.txt'), 'utf8')).toBe('new');
  });

  it('leaves links inside of folders out, and says which', async () => {
    makeTree(here);
    symlinkSync('/etc', join(here, 'data/etc'));
    const { skipped } = await upload(machine, [join(here, 'data')], there, replace, never);
    expect(skipped).toEqual([join(here, 'data/etc')]);
    expect(existsSync(join(there, 'data/etc'))).toBe(false);
  });

  it('that is cancelled stops', async () => {
    makeTree(here);
    const abort = new AbortController();
    const options = {
      ...replace,
      onProgress: () => {
        abort.abort();
      },
    };
    await expect(upload(machine, [join(here, 'data')], there, options, abort.signal)).rejects.toBeInstanceOf(
      CancelledError,
    );
  });
});

describe('a download', () => {
  it('brings files and whole folders, and leaves no draft', async () => {
    makeTree(there);
    const result = await download(machine, [join(there, 'data')], here, replace, never);
    expect(result).toEqual({ files: 3, bytes: 300_001, skipped: [] });
    expect(readFileSync(join(here, 'data/deep/b with spaces ü.bin')).equals(Buffer.alloc(300_000, 7))).toBe(
      true,
    );
    expect(readdirSync(join(here, 'data')).sort()).toEqual(['a.txt', 'deep', 'empty']);
  });

  it('never takes over setuid or what others may write', async () => {
    writeFileSync(join(there, 'tool'), 'x', { mode: 0o777 });
    await machine.run(['chmod', '4777', join(there, 'tool')], {}, never);
    await download(machine, [join(there, 'tool')], here, replace, never);
    expect(statSync(join(here, 'tool')).mode & 0o7022).toBe(0);
  });

  it('leaves links out, and says which', async () => {
    makeTree(there);
    symlinkSync('/etc/passwd', join(there, 'data/passwd'));
    const { skipped } = await download(machine, [join(there, 'data')], here, replace, never);
    expect(skipped).toEqual([join(there, 'data/passwd')]);
    expect(existsSync(join(here, 'data/passwd'))).toBe(false);
  });

  it.each(['../evil', '..', '/etc/evil', 'a/../../evil', 'nul\0byte', ''])(
    'never writes outside of its folder for a name like %j',
    async (name) => {
      const evil: RemoteFile = { name, kind: 'file', bytes: 1, modified: 0, mode: 0o644 };
      const files: RemoteFiles = {
        ...machine.files,
        stat: () => Promise.resolve({ ...evil, name: 'data', kind: 'folder' }),
        list: () => Promise.resolve([evil]),
        read: () => machine.files.read('/dev/null', 0, never),
      };
      const hostile = Object.create(machine, { files: { value: files } }) as LocalMachine;
      const { files: written, skipped } = await download(hostile, ['/data'], here, replace, never);
      expect(written).toBe(0);
      expect(skipped).toHaveLength(1);
      expect(readdirSync(root).sort()).toEqual(['here', 'there']);
      expect(readdirSync(join(here, 'data'))).toEqual([]);
    },
  );

  it('never follows a link of this computer out of its folder', async () => {
    makeTree(there);
    mkdirSync(join(root, 'elsewhere'));
    symlinkSync(join(root, 'elsewhere'), join(here, 'data'));
    await expect(download(machine, [join(there, 'data')], here, replace, never)).rejects.toMatchObject({
      kind: 'forbidden',
    });
    expect(readdirSync(join(root, 'elsewhere'))).toEqual([]);
  });

  it('that is cancelled leaves no half file', async () => {
    makeTree(there);
    const abort = new AbortController();
    const onProgress = ({ bytes }: TransferProgress) => {
      if (bytes > 65_000) abort.abort();
    };
    await expect(
      download(machine, [join(there, 'data')], here, { ...replace, onProgress }, abort.signal),
    ).rejects.toBeInstanceOf(CancelledError);
    expect(readdirSync(join(here, 'data/deep'))).toEqual([]);
  });
});

describe('paths on a machine', () => {
  it.each([
    ['/', 'a', '/a'],
    ['/home/ana', 'b', '/home/ana/b'],
  ])('%s and %s are %s', (folder, name, path) => {
    expect(remoteJoin(folder, name)).toBe(path);
    expect(remoteName(path)).toBe(name);
  });

  it.each(['con', 'NUL.txt', 'a:b', 'a\\b', 'a.', 'a\n'])('%j is no name on Windows', (name) => {
    expect(isPlainName(name, true)).toBe(false);
    expect(isPlainName(name, false)).toBe(true);
  });
});
