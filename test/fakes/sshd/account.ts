import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A user of this computer, made for one test server; only root can. */
export class Account {
  private static made = 0;

  private constructor(
    readonly name: string,
    readonly home: string,
  ) {}

  static make(folder: string, password: string | undefined, shell = '/bin/bash'): Account {
    sweep();
    const account = new Account(`tytest-${process.pid}-${Account.made++}`, join(folder, 'home'));
    execFileSync('useradd', ['--create-home', '--home-dir', account.home, '--shell', shell, account.name], {
      stdio: 'pipe',
    });
    // Without any password the account is locked, and sshd lets nobody in.
    const input = `${account.name}:${password ?? Math.random().toString(36).repeat(2)}\n`;
    execFileSync('chpasswd', [], { input, stdio: 'pipe' });
    return account;
  }

  remove(): void {
    removeUser(this.name);
  }
}

/** Removes those of tests that were killed. */
function sweep(): void {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name = ''] = line.split(':');
    const pid = /^tytest-(\d+)-\d+$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeUser(name);
  }
}

function removeUser(name: string): void {
  // Its group goes with it; the home folder is the server's.
  execFileSync('userdel', ['--force', name], { stdio: 'ignore' });
}
