import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SshdServer } from '../../fakes/sshd/sshdServer';
import { repository } from './workspace';

/** GPUs that a machine seems to have: the `nvidia-smi` that its shell finds is a fake, which shows what it is told (`test/fakes/nvidia-smi`). */
export class FakeGpus {
  private readonly folder = mkdtempSync(join(tmpdir(), 'trainyard-gpus-'));

  constructor(server: SshdServer) {
    for (const name of ['gpus', 'bin', 'memory']) mkdirSync(join(this.folder, name));
    symlinkSync(join(repository, 'test/fakes/nvidia-smi'), join(this.folder, 'bin', 'nvidia-smi'));
    const env = {
      PATH: `${join(this.folder, 'bin')}:$PATH`,
      FAKE_GPUS: join(this.folder, 'gpus'),
      TRAINYARD_SAMPLER_ROOT: join(this.folder, 'memory'),
      TRAINYARD_SAMPLER_LINGER: '2',
    };
    for (const [name, value] of Object.entries(env))
      appendFileSync(join(server.home, '.bashrc'), `export ${name}="${value}"\n`);
    this.show('apps', '');
  }

  show(name: 'all' | 'apps' | 'list' | 'mig', text: string): void {
    writeFileSync(join(this.folder, 'gpus', name), text);
  }

  delete(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What the real tool printed once, from `test/fixtures/gpu`. */
export function printed(name: string): string {
  return readFileSync(join(repository, 'test/fixtures/gpu', name), 'utf8');
}
