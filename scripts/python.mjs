import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
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

/** What the tests of notebooks run with. */
const jupyter = {
  name: 'jupyter',
  packages: [
    'jupyter-server==2.21.1',
    'ipykernel==7.4.0',
    'jupyter-client==8.10.0',
    'papermill==2.7.0',
    'nbclient==0.11.0',
  ],
};

/** What the tests of AWS talk to, and AWS's own description of its APIs (botocore) that they check requests against. */
const moto = { name: 'moto', packages: ['moto[server]==5.2.5', 'boto3==1.44.8', 'botocore==1.44.8'] };

/** What `npm run bench` measures beside ours: 0.3 GB, so only for that. */
const sagemaker = { name: 'sagemaker', packages: ['sagemaker==2.257.7'] };

/** Where the environment with Jupyter is, made once for the whole machine; other packages make it another one. */
export const jupyterEnvironment = () => placeOf(jupyter);

/** Makes the Python environment that the tests of notebooks find their Jupyter in. */
export const ensureJupyter = () => ensureEnvironment(jupyter, 'the tests of notebooks');

/** Where the environment with moto, a server that speaks AWS's APIs, is. */
export const motoEnvironment = () => placeOf(moto);

/** Makes the Python environment that the tests of AWS find moto and botocore in. */
export const ensureMoto = () => ensureEnvironment(moto, 'the tests of AWS');

/** Where the environment with SageMaker's own SDK is. */
export const sagemakerEnvironment = () => placeOf(sagemaker);

/** Makes the Python environment with SageMaker's own SDK. */
export const ensureSagemaker = () => ensureEnvironment(sagemaker, 'the benchmarks');

function placeOf({ name, packages }) {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const key = createHash('sha256').update(packages.join()).digest('hex').slice(0, 12);
  return join(cache, 'trainyard', `${name}-${key}`);
}

async function ensureEnvironment(environment, purpose) {
  const place = placeOf(environment);
  if (process.platform === 'win32' || existsSync(join(place, 'complete'))) return;
  await ensureDebian(['python3', 'python3-venv'], purpose);
  const { name, packages } = environment;
  const remedy = 'Python 3.10 or later and the network are needed; see the messages above.';
  // An environment can't be moved once it is made: it is built in its place, and `complete` is written last.
  rmSync(place, { recursive: true, force: true });
  await must(`Making an environment for ${name}`, remedy, 'python3', ['-m', 'venv', place]);
  const pip = ['-m', 'pip', '--disable-pip-version-check', 'install', '--quiet', ...packages];
  await must(`Installing ${name} for ${purpose}`, remedy, join(place, 'bin/python3'), pip);
  mkdirSync(join(place, 'complete'));
}
