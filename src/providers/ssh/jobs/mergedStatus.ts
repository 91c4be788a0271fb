import type { JobStatus } from '../../../core/trainingJob';
import { statusOf, type NodeFacts } from '../../launched/jobStatus';
import type { HostReport } from './hostReport';
import type { HostShare } from './placement';

/** What is known of one host's part of a job. */
export interface HostPart {
  readonly share: HostShare;
  readonly report: HostReport;
}

/** The status of a job of what its hosts say, the first of which has to have started it. */
export function mergedStatus(parts: readonly HostPart[]): JobStatus {
  const [first] = parts;
  const startedAt = (first?.report.startedAt ?? 0) + (first?.share.skew ?? 0);
  return statusOf({
    startedAt,
    stopAsked: parts.some(({ report }) => report.stopAsked),
    nodes: parts.flatMap(nodesOf),
  });
}

/** The nodes that failed by themselves on one host while there are others to be told on another. */
export function peersToTell(
  parts: readonly HostPart[],
): readonly { readonly part: HostPart; readonly rank: number }[] {
  const failed = parts.flatMap((part) =>
    nodesOf(part)
      .filter(({ exit }) => exit && exit.code !== 0 && exit.reasonKind !== 'peer')
      .map(({ rank, exit }) => ({ part, rank, t: exit?.t ?? 0 })),
  );
  const [decisive] = failed.sort((a, b) => a.t - b.t);
  if (!decisive) return [];
  return parts
    .filter((part) => part !== decisive.part && part.report.claim === 'started')
    .filter((part) => nodesOf(part).some(({ exit }) => !exit))
    .map((part) => ({ part, rank: decisive.rank }));
}

/** Every node that the host was given, in rank order, on this computer's clock. */
function nodesOf({ share, report }: HostPart): readonly NodeFacts[] {
  const known = new Map(report.nodes.map((node) => [node.rank, node]));
  return Array.from({ length: share.nodes }, (_, index): NodeFacts => {
    const rank = share.first + index;
    const node = known.get(rank);
    if (report.claim !== 'started' || (!node && report.nodes.length > 0)) {
      const reason = `The job’s folder is gone from ${share.alias}.`;
      return { rank, launched: true, exit: { kind: 'exit', reason, reasonKind: 'lost' } };
    }
    if (!node) return { rank, launched: false };
    const t = node.exit?.t;
    return node.exit && t !== undefined ? { ...node, exit: { ...node.exit, t: t + share.skew } } : node;
  });
}
