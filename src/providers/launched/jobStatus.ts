import type { ExitRecord } from '../../core/telemetry';
import { hasEnded, type JobExit, type JobNode, type JobState, type JobStatus } from '../../core/trainingJob';

/** What the job's folder says of one node. */
export interface NodeFacts {
  readonly rank: number;
  readonly launched: boolean;
  /** The launcher's phase, such as `setup`. */
  readonly phase?: string;
  readonly exit?: ExitRecord;
}

/** What the job's folder says. */
export interface JobFacts {
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly stopAsked: boolean;
  readonly nodes: readonly NodeFacts[];
}

/** The launcher's words for what ended a node (src/remote/launch.sh). */
type ReasonKind = 'exit' | 'setup' | 'lost' | 'stopped' | 'max_duration' | 'idle_gpu' | 'peer';

/** What each makes of the node; `byCode` where the exit code decides. */
const ends: Record<ReasonKind, JobState | 'byCode'> = {
  exit: 'byCode',
  setup: 'failed',
  lost: 'failed',
  stopped: 'stopped',
  max_duration: 'stopped',
  idle_gpu: 'stopped',
  peer: 'stopped',
};

export function statusOf({ startedAt, stopAsked, nodes: facts }: JobFacts): JobStatus {
  const nodes = facts.map((node) => jobNode(node, stopAsked));
  if (nodes.length === 0 || nodes.some((node) => !hasEnded(node.state))) {
    const state = runningState(nodes, stopAsked);
    return { state, rawState: state, startedAt, nodes };
  }
  const decisive = decisiveNode(facts, nodes);
  const state = decisive.node.state;
  const endedAt = Math.max(startedAt, ...facts.map(({ exit }) => exit?.t ?? startedAt));
  return {
    state,
    rawState: decisive.facts.exit?.reasonKind ?? state,
    startedAt,
    endedAt,
    nodes,
    ...(decisive.node.exit && {
      exit: { ...decisive.node.exit, ...(state !== 'succeeded' && { node: decisive.node.rank }) },
    }),
  };
}

function jobNode({ rank, launched, phase, exit }: NodeFacts, stopAsked: boolean): JobNode {
  if (!exit) {
    const state = !launched ? 'starting' : stopAsked ? 'stopping' : 'running';
    return { rank, state, ...(phase !== undefined && { phase }) };
  }
  return { rank, state: endState(exit), exit: jobExit(exit) };
}

function endState({ code, reasonKind = 'exit' }: ExitRecord): JobState {
  const state = Object.hasOwn(ends, reasonKind) ? ends[reasonKind as ReasonKind] : 'byCode';
  if (state !== 'byCode') return state;
  return code === 0 ? 'succeeded' : 'failed';
}

function jobExit({ code, signal, reason }: ExitRecord): JobExit {
  if (signal !== undefined) return { signal, reason };
  return { ...(code !== undefined && { code }), reason };
}

function runningState(nodes: readonly JobNode[], stopAsked: boolean): JobState {
  if (stopAsked) return 'stopping';
  // One node has failed, and the launcher is ending the others.
  if (nodes.some(({ state }) => state === 'failed' || state === 'stopped')) return 'stopping';
  return nodes.some(({ state }) => state !== 'starting') ? 'running' : 'starting';
}

/** Which node's end is the job's: the first that failed, else the first that was stopped, else the last to finish. */
function decisiveNode(
  facts: readonly NodeFacts[],
  nodes: readonly JobNode[],
): { facts: NodeFacts; node: JobNode } {
  const all = nodes.flatMap((node, index) => {
    const own = facts[index];
    return own ? [{ facts: own, node }] : [];
  });
  const byTime = all.sort((a, b) => (a.facts.exit?.t ?? 0) - (b.facts.exit?.t ?? 0));
  const found =
    byTime.find(({ node }) => node.state === 'failed') ??
    byTime.find(({ node, facts: own }) => node.state === 'stopped' && own.exit?.reasonKind !== 'peer') ??
    byTime.find(({ node }) => node.state === 'stopped') ??
    byTime.at(-1);
  if (!found) throw new Error('A job has at least one node.');
  return found;
}
