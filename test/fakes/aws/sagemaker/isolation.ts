import { spawnSync } from 'node:child_process';

/** The words before a program that give it namespaces of its own: mounts, processes (it becomes number 1) and host name. */
export const isolating: readonly string[] = [
  // Ends with the process that started it, however that one ends.
  ...['setpriv', '--pdeathsig', 'KILL', 'unshare', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])],
  ...['--mount', '--uts', '--pid', '--fork', '--mount-proc', '--kill-child=KILL', '--'],
];

let answer: boolean | undefined;

/** Whether this system lets this user have them: hardly ever inside a container. */
export function canIsolate(): boolean {
  if (process.env.TRAINYARD_TEST_PLAIN_HOSTS !== undefined) return false;
  const [program = '', ...words] = isolating;
  const tried = [
    'sh',
    '-c',
    'test -d /opt && mount --rbind /tmp /opt && mount --bind /etc/hostname /etc/hosts',
  ];
  return (answer ??= spawnSync(program, [...words, ...tried]).status === 0);
}
