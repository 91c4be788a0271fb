import { diagnose, type Diagnosis } from '../../core/diagnosis/diagnose';
import type { JobSpec } from '../../core/jobSpec/jobSpec';
import { clouds } from '../../core/prices/gpuMachines';
import { rightSize, type GpuUse, type RightSize, type RunUse } from '../../core/rightSize/rightSize';
import { hasEnded, type TrainingJob } from '../../core/trainingJob';
import { RunSamples } from './runSamples';
import type { MeasuredRun } from '../metrics/runMetrics';

/** Samples of a GPU's use from which a p95 can be told: two minutes of them. */
const leastSamples = 60;

/** What of a job's offer tells what machine it runs on. */
export interface Machine {
  readonly instanceType: string | null;
  readonly spot: boolean;
}

/** Judges one run from what it measured. What is new since the last time is all that is read. */
export class RunDiagnoses {
  private readonly samples: RunSamples;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly metrics: MeasuredRun,
    private readonly job: () => TrainingJob,
    private readonly now: () => number,
  ) {
    this.samples = new RunSamples(metrics);
  }

  /** Why the run does not go well, as far as its samples tell. */
  async findings(): Promise<Diagnosis> {
    await this.read();
    const job = this.job();
    const ended = hasEnded(job.state);
    return diagnose(this.samples.history(ended, this.now(), gpusAsked(job.spec)));
  }

  /** The size of machine that would have done, of a run that has ended. */
  async size(machine: Machine | undefined, outOfMemory: RunUse['outOfMemory']): Promise<RightSize> {
    await this.read();
    const job = this.job();
    const cloud = clouds.find((name) => job.connection === name || job.connection.startsWith(`${name}/`));
    return rightSize({
      nodes: job.spec.num_nodes,
      gpus: this.gpus(),
      duration: Math.max(0, (job.endedAt ?? this.now()) - (job.startedAt ?? job.createdAt)),
      ...(job.hourlyUsd !== undefined && { hourlyUsd: job.hourlyUsd }),
      ...(cloud && { cloud }),
      ...(machine?.instanceType && { instanceType: machine.instanceType }),
      ...(machine?.spot && { spot: true }),
      ...(outOfMemory && { outOfMemory }),
    });
  }

  private gpus(): readonly GpuUse[] {
    return this.metrics.hardware().flatMap(({ node, gpus }) =>
      gpus.map(({ index, of, name, memTotal }): GpuUse => {
        const { use, peakMemory } = this.samples.gpu(node, index);
        const p95 = use.percentile(0.95, leastSamples);
        return {
          node,
          // A mean says nothing of the GPU that had most to do, and no size can be told without a name.
          ...(name !== undefined && of === undefined && { name }),
          ...(memTotal !== undefined && { memTotal }),
          ...(peakMemory !== undefined && { peakMemory }),
          ...(p95 !== undefined && { p95 }),
          used: use.count > 0,
        };
      }),
    );
  }

  /** One at a time: whoever asks meanwhile waits for the same. */
  private read(): Promise<void> {
    this.reading ??= this.metrics
      .settled()
      .then(() => this.samples.read())
      .finally(() => {
        this.reading = undefined;
      });
    return this.reading;
  }
}

/** GPUs a node that the job file asks for: by number, or by naming a type of machine. */
function gpusAsked({ resources }: JobSpec): number {
  const asked = resources.candidates.map(({ accelerators, instance_type }) =>
    accelerators ? Math.max(0, ...Object.values(accelerators)) : instance_type === null ? 0 : Infinity,
  );
  return Math.max(0, ...asked);
}
