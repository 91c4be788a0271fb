import { parseRecord, type ExitRecord } from '../../../core/telemetry';
import type { NodeFacts } from '../../launched/jobStatus';

/** What a host says of its part of a job (`look` in src/remote/jobReport.sh). Times are the host's own. */
export interface HostReport {
  readonly claim: 'started' | 'aborted' | 'unfinished' | 'none';
  /** Unix milliseconds; `undefined` unless started. */
  readonly startedAt: number | undefined;
  readonly stopAsked: boolean;
  readonly nodes: readonly NodeFacts[];
  /** How long the logs of nodes that have ended are, in bytes, by rank. */
  readonly sizes: ReadonlyMap<number, { readonly log: number; readonly telemetry: number }>;
}

/** `undefined` where it makes no sense. */
export function parseReport(text: string): HostReport | undefined {
  const lines = text.split('\n').filter((line) => line !== '');
  const [, claim, at = ''] = /^claim (started|aborted|unfinished|none) (\d+|-)$/.exec(lines[0] ?? '') ?? [];
  if (claim === undefined) return undefined;
  const nodes: NodeFacts[] = [];
  const sizes = new Map<number, { log: number; telemetry: number }>();
  for (const line of lines.slice(1)) {
    const [, rank, launched, phase] = /^node (\d{1,5}) (launched|-) (\S+)$/.exec(line) ?? [];
    if (rank !== undefined) {
      nodes.push({
        rank: Number(rank),
        launched: launched === 'launched',
        ...(phase !== undefined && phase !== '-' && launched === 'launched' && { phase }),
      });
      continue;
    }
    const [, ended, log, telemetry, exit = ''] =
      /^end (\d{1,5}) (\d{1,15}) (\d{1,15}) (.*)$/s.exec(line) ?? [];
    if (ended === undefined) continue;
    nodes.push({ rank: Number(ended), launched: true, exit: exitOf(exit) });
    sizes.set(Number(ended), { log: Number(log), telemetry: Number(telemetry) });
  }
  return {
    claim: claim as HostReport['claim'],
    startedAt: at === '-' ? undefined : Number(at),
    stopAsked: lines.includes('stop'),
    nodes,
    sizes,
  };
}

function exitOf(text: string): ExitRecord {
  const record = text.length > 1 << 16 ? undefined : parseRecord(text.trim());
  return record?.kind === 'exit'
    ? record
    : { kind: 'exit', reason: 'How it ended can’t be read.', reasonKind: 'lost' };
}
