import { statSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../e2e/harness/workspace';
import type { Bench } from './row';

export const bench: Bench = () =>
  Promise.resolve([
    {
      number: 2,
      metric: 'VSIX size',
      ours: statSync(join(repository, 'trainyard.vsix')).size / 1e6,
      unit: 'MB',
      peer: { name: 'GitLens, AWS Toolkit, Jupyter: 11 to 25 MB', value: 11 },
      target: { atMost: 3 },
    },
  ]);
