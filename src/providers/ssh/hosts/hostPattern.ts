/** Whether `text` fits a pattern of OpenSSH's: `*` any characters, `?` one; all else stands for itself. */
export function matchesPattern(text: string, pattern: string): boolean {
  // Greedy with one step back, so that hostile patterns cost no more than length times length.
  let at = 0;
  let star = -1;
  let starAt = 0;
  let in_ = 0;
  while (at < text.length) {
    if (pattern[in_] === '*') {
      star = in_++;
      starAt = at;
    } else if (in_ < pattern.length && (pattern[in_] === '?' || pattern[in_] === text[at])) {
      in_ += 1;
      at += 1;
    } else if (star >= 0) {
      in_ = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (pattern[in_] === '*') in_ += 1;
  return in_ === pattern.length;
}

/** Whether `text` fits a comma-separated list, of which a pattern after `!` excludes what fits it. */
export function matchesList(text: string, list: string): boolean {
  let found = false;
  for (const pattern of list.split(',')) {
    if (!pattern.startsWith('!')) found ||= matchesPattern(text, pattern);
    else if (matchesPattern(text, pattern.slice(1))) return false;
  }
  return found;
}

/** The same for host names, in which capitals mean nothing (OpenSSH's `match_hostname`). */
export function matchesHostList(host: string, list: string): boolean {
  return matchesList(host.toLowerCase(), list.toLowerCase());
}

/** Whether it names one host: no wildcard, no negation. */
export function isConcrete(pattern: string): boolean {
  return pattern !== '' && !/[*?!]/.test(pattern);
}
