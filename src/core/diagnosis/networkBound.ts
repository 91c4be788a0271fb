import { bytesText } from '../words';
import { allAt, shareText, type Bottleneck } from './bottleneck';
import { holds, mean, type Look } from './look';
import type { Column, NodeHistory } from './runHistory';
import { thresholds } from './thresholds';

/**
 * The GPUs wait, the CPU has time, and the network stays near the most that was ever seen on this node. No machine tells how fast its
 * network is, least of all what a cloud allows it, so a rate that is high and does not rise any further is what can be seen of a limit.
 */
export const networkBound: Bottleneck = ({ node, look, use }) => {
  const direction = mean(look, node.netOut) > mean(look, node.netIn) ? 'out' : 'in';
  const rate = direction === 'out' ? node.netOut : node.netIn;
  const flat = Math.max(thresholds.networkBusy, thresholds.networkFlat * highest(rate));
  const found = holds(look, (i) =>
    allAt(
      [use, node.cpu, node.busiestCore, rate],
      i,
      (gpu, cpu, core, bytes) =>
        gpu < thresholds.gpuWaits && cpu < thresholds.low && core <= thresholds.cpuBusy && bytes >= flat,
    ),
  );
  if (!found) return undefined;
  const text = `${bytesText(mean(look, rate))}/s`;
  // Nodes that exchange gradients send what they receive; data only comes in.
  const exchange = look.history.nodes.length > 1 && mean(look, node.netOut) > 0.5 * mean(look, node.netIn);
  return {
    kind: 'networkBound',
    label: 'Network-bound',
    numbers: `the network ${direction === 'in' ? 'brings' : 'takes'} ${text} and no more`,
    evidence: [
      { what: direction === 'in' ? 'Received' : 'Sent', value: text },
      { what: 'Most that was seen', value: `${bytesText(highest(rate))}/s` },
      { what: 'CPU use', value: shareText(mean(look, node.cpu)) },
    ],
    advice: exchange
      ? [
          'Exchange gradients less often: accumulate them over several batches (no_sync), or use larger batches.',
          'Send less: DDP with bf16_compress_hook, or sharding inside a node only (HYBRID_SHARD).',
          'See that NCCL uses the fast network: NCCL_DEBUG=INFO under envs names it (EFA, InfiniBand or sockets).',
        ]
      : [
          'Copy the data to the machine’s own SSD in setup, or keep it after the first epoch.',
          'Read compressed, larger files (Parquet, WebDataset shards), several at a time, from a bucket in the same region.',
          'Choose a machine with a faster network.',
        ],
  };
};

/** Of all that was seen on the node; single peaks that a mean over a bucket leaves are rare enough. */
function highest(column: Column | undefined): number {
  return (column ?? new Float64Array(0)).reduce((most, value) => (value > most ? value : most), 0);
}

/** Whether a node's network is quiet enough not to matter. `undefined` where that is not known. */
export function isQuiet(node: NodeHistory, look: Look): boolean | undefined {
  const [received, sent] = [mean(look, node.netIn), mean(look, node.netOut)];
  if (Number.isNaN(received) || Number.isNaN(sent)) return undefined;
  return received < thresholds.networkBusy && sent < thresholds.networkBusy;
}
