import { matchWords } from './configText';
import { matchesHostList, matchesList } from './hostPattern';

/** What a `Match` line is compared with. */
export interface MatchSubject {
  readonly alias: string;
  /** With HostName as it is known so far. */
  readonly host: string;
  readonly user: string;
  readonly localUser: string;
  /** Whether the files are being read for the second time. */
  readonly final: boolean;
}

export interface MatchResult {
  readonly applies: boolean;
  /** The line asks for a second reading. */
  readonly finalWanted?: boolean;
  /** What is wrong with the line. */
  readonly mistake?: string;
  /** Why it is taken not to apply, whatever it may mean. */
  readonly skipped?: string;
}

/** OpenSSH's `match_cfg_line`. `exec` and what only newer versions know never apply. */
export function matchCriteria(line: string, subject: MatchSubject): MatchResult {
  const words = [...matchWords(line)];
  let applies = true;
  let finalWanted = false;
  let skipped: string | undefined;
  let count = 0;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const negated = word.startsWith('!');
    const criterion = (negated ? word.slice(1) : word).toLowerCase();
    if (criterion === 'all') {
      if (count > 1 || words.length > 0) return wrong('all can’t be combined with other criteria of a Match');
      return { applies: applies && !negated, finalWanted, ...(skipped !== undefined && { skipped }) };
    }
    count += 1;
    if (criterion === 'final' || criterion === 'canonical') {
      finalWanted ||= criterion === 'final';
      if (subject.final === negated) applies = false;
      continue;
    }
    const argument = words.shift();
    if (argument === undefined || argument === '')
      return wrong(`Nothing stands after ${criterion} of a Match`);
    if (Object.hasOwn(criteria, criterion)) {
      if (criteria[criterion]?.(subject, argument) === negated) applies = false;
    } else if (unread.has(criterion)) {
      if (applies) skipped = `Trainyard does not read "Match ${criterion}"`;
      applies = false;
    } else return wrong(`There is no criterion of that name for a Match: ${criterion}`);
  }
  if (count === 0) return wrong('A Match has no criteria');
  return { applies, finalWanted, ...(skipped !== undefined && { skipped }) };
}

const criteria: Readonly<Record<string, (subject: MatchSubject, list: string) => boolean>> = {
  host: ({ host }, list) => matchesHostList(host, list),
  originalhost: ({ alias }, list) => matchesHostList(alias, list),
  user: ({ user }, list) => matchesList(user, list),
  localuser: ({ localUser }, list) => matchesList(localUser, list),
};

/** `exec` starts a program; the others came after OpenSSH 9.2. */
const unread = new Set(['exec', 'tagged', 'localnetwork', 'version', 'sessiontype', 'command']);

function wrong(mistake: string): MatchResult {
  return { applies: false, mistake };
}
