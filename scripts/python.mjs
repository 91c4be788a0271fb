import { mkdirSync } from 'node:fs';
import { must } from './command.mjs';
import { ensureDebian } from './debian.mjs';
import { inCache, inRoot } from './repository.mjs';

/**
 * Makes the Python environment that `samples/digits` trains in, by the sample's own way, which keeps one for the whole
 * machine: the tests that train then find it.
 */
export async function ensurePython() {
  if (process.platform === 'win32') return;
  await ensureDebian(['python3', 'python3-venv'], 'training the samples');
  const cwd = inCache('python');
  mkdirSync(cwd, { recursive: true });
  const remedy = 'Python 3.10 or later and the network are needed; see the messages above.';
  await must('Making the Python environment', remedy, 'python3', [inRoot('samples/digits/environment.py')], {
    cwd,
  });
}
