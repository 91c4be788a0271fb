import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { chromium } from './chromium.mjs';
import { must, which } from './command.mjs';
import { Failure } from './failure.mjs';

/** The Debian packages that something here needs, and how to see whether what they bring is there already. */
const packages = {
  chromium: () => chromium() !== undefined,
  'g++': () => which('g++') !== undefined,
  'libkrb5-dev': () => process.platform !== 'linux' || existsSync('/usr/include/gssapi/gssapi.h'),
  'openssh-server': () => process.platform === 'win32' || existsSync('/usr/sbin/sshd'),
  make: () => which('make') !== undefined,
  python3: () => which('python3') !== undefined,
  'python3-venv': () => spawnSync('python3', ['-c', 'import ensurepip, venv']).status === 0,
  shellcheck: () => which('shellcheck') !== undefined,
};

/**
 * Installs what is missing of `names` as root on Debian and its kin; elsewhere says what to install.
 *
 * @param {readonly (keyof typeof packages)[]} names
 */
export async function ensureDebian(names, purpose) {
  const missing = names.filter((name) => !packages[name]());
  if (missing.length === 0) return;
  const list = missing.join(' ');
  const apt = which('apt-get');
  if (!apt)
    throw new Failure(
      `Missing for ${purpose}: ${list}. Install them (those are Debian's names) and try again.`,
    );
  if (process.getuid?.() !== 0) {
    throw new Failure(
      `Missing for ${purpose}: ${list}. Install them with this command, then try again:\n\n  sudo apt-get update && sudo apt-get install -y ${list}`,
    );
  }
  console.log(`Installing Debian packages for ${purpose}: ${list} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const why = `Installing Debian packages (${list})`;
  const remedy = 'Check the network and the messages above, then run the same command again.';
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  await must(why, remedy, apt, [...wait, 'update', '-qq'], { env });
  const policy = missing.includes('openssh-server') ? await withoutServices() : undefined;
  try {
    await must(why, remedy, apt, [...wait, 'install', '-y', '-qq', '--no-install-recommends', ...missing], {
      env,
    });
  } finally {
    await policy?.remove();
  }
  const still = missing.filter((name) => !packages[name]());
  if (still.length > 0)
    throw new Failure(`${why} went through, but ${still.join(' ')} can still not be found.`);
}

/**
 * Keeps packages from starting the services they bring, now and at the next start of the machine: the tests start servers of their
 * own, and nobody asked for one that listens to the network. Debian asks this program first.
 */
async function withoutServices() {
  const path = '/usr/sbin/policy-rc.d';
  const made = !existsSync(path);
  if (made) await writeFile(path, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const remove = async () => {
    if (made) await rm(path, { force: true });
    if (which('systemctl')) spawnSync('systemctl', ['disable', 'ssh.service', 'ssh.socket']);
  };
  return { remove };
}
