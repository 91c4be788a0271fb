import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { containerFiles, launcherFiles } from '../../../src/providers/launched/launcherFiles';

const folder = 'src/remote';
const scripts = readdirSync(folder).filter((name) => name.endsWith('.sh'));
/** Those that are not read by another one. */
const started = scripts.filter((name) => readFileSync(join(folder, name), 'utf8').startsWith('#!'));
const missing = spawnSync('shellcheck', ['--version']).error !== undefined;

describe('the scripts that travel', () => {
  it.skipIf(missing)('pass shellcheck, with what they source', { timeout: 60_000 }, () => {
    const { status, stdout } = spawnSync(
      'shellcheck',
      ['-x', '-a', '-P', 'SCRIPTDIR', ...started.map((name) => join(folder, name))],
      {
        encoding: 'utf8',
      },
    );
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it.each(scripts)(
    '%s is plain text for any machine: ASCII, no carriage return, at most 400 lines',
    (name) => {
      const bytes = readFileSync(join(folder, name));
      expect(bytes.every((byte) => byte === 0x0a || (byte >= 0x20 && byte < 0x7f))).toBe(true);
      expect(bytes.toString().split('\n').length).toBeLessThanOrEqual(400);
    },
  );

  it.each(started)('%s starts with the shell that runs it', (name) => {
    expect(readFileSync(join(folder, name), 'utf8')).toMatch(/^#!\/bin\/sh\n/);
  });

  it.each([...launcherFiles, ...containerFiles])(
    '%s finds beside it, in a job, all that it reads',
    (name) => {
      const there: readonly string[] = [...launcherFiles, ...containerFiles];
      const text = readFileSync(join(folder, name), 'utf8');
      const read = [...text.matchAll(/\$here\/([\w.]+)/g)].map(([, file]) => file);
      expect(read.filter((file) => !there.includes(file ?? ''))).toEqual([]);
    },
  );
});
