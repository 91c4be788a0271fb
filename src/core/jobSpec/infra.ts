import { clouds } from './clouds';

const cloudNames = clouds.filter((name) => name !== 'kubernetes').join('|');

/**
 * `cloud[/region[/zone]]`, with `*` for any, or `k8s/` and a context that may have slashes. `local`, this computer, is
 * Trainyard's own.
 */
export const infraPattern = new RegExp(
  `^(?:local|(?:${caseInsensitive(cloudNames)}|\\*)(?:/[^/]+(?:/[^/]+)?)?|(?:${caseInsensitive('kubernetes|k8s')})(?:/.+)?)$`,
);

export interface Infra {
  readonly cloud: string | null;
  readonly region: string | null;
  readonly zone: string | null;
}

/** Takes `infra` apart; `undefined` when a part of it is empty. The text has matched `infraPattern`. */
export function parseInfra(text: string): Infra | undefined {
  const parts = text
    .trim()
    .replace(/^\/+|\/+$/g, '')
    .split('/')
    .map((part) => part.trim());
  if (parts.includes('') || parts.length === 0) return undefined;
  const cloud = parts[0]?.toLowerCase() ?? '';
  const context = parts.length > 1 ? parts.slice(1).join('/') : null;
  if (cloud === 'k8s' || cloud === 'kubernetes')
    return { cloud: 'kubernetes', region: any(context), zone: null };
  if (cloud === 'ssh') return { cloud, region: context === null ? null : `ssh-${context}`, zone: null };
  if (parts.length > 3) return undefined;
  return { cloud: any(cloud), region: any(parts[1]), zone: any(parts[2]) };
}

/** The canonical `infra`, without trailing `*`. */
export function infraText({ cloud, region, zone }: Infra): string | null {
  const parts = [cloud, region?.replace(/^ssh-/, ''), zone].map((part) =>
    part === undefined || part === null || part === '' ? '*' : part,
  );
  while (parts.at(-1) === '*') parts.pop();
  return parts.length === 0 ? null : parts.join('/');
}

function any(part: string | null | undefined): string | null {
  return part === undefined || part === null || part === '*' || part === '' ? null : part;
}

function caseInsensitive(words: string): string {
  return words.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}
