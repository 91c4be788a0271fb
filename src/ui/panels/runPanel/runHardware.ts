import type { TrainingJob } from '../../../core/trainingJob';
import { bytesText, countText } from '../../../core/words';
import type { RunSummary } from '../../../services/metrics/runSummary';

/** What each node was asked to have, such as `A100:8`, or `A100:8 or H100:4`; `''` for no accelerators. */
export function acceleratorsOf({ spec }: TrainingJob): string {
  const each = spec.resources.candidates.map(({ accelerators }) =>
    Object.entries(accelerators ?? {})
      .map(([name, count]) => `${name}:${count}`)
      .join(', '),
  );
  return [...new Set(each.filter((one) => one !== ''))].join(' or ');
}

/** GPUs of all nodes together: those of the offer, else those that were seen; `undefined` where neither is known. */
export function gpuCount(job: TrainingJob, summary: RunSummary | undefined): number | undefined {
  const offered = /:(\d+(?:\.\d+)?)$/.exec(summary?.submitted?.accelerators ?? '')?.[1];
  if (offered !== undefined) return Number(offered) * job.spec.num_nodes;
  if (!summary || summary.nodes.length === 0) return undefined;
  return summary.nodes.reduce((sum, { gpus }) => sum + gpus, 0);
}

/** What the nodes were seen with, such as `2 × 8 × NVIDIA H100 (80 GB), 96 cores, 1.0 TB memory`. */
export function hardwareText({ nodes }: Pick<RunSummary, 'nodes'>): string {
  const texts = nodes.map(({ gpus, gpuName, gpuMemory, cores, memory }) =>
    [
      gpus > 0 &&
        `${gpus} × ${gpuName ?? 'GPU'}${gpuMemory === undefined ? '' : ` (${bytesText(gpuMemory)})`}`,
      cores !== undefined && countText(cores, 'core'),
      memory !== undefined && `${bytesText(memory)} memory`,
    ]
      .filter((part) => part !== false)
      .join(', '),
  );
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].map(([text, count]) => (count > 1 ? `${count} nodes, each ${text}` : text)).join('\n');
}
