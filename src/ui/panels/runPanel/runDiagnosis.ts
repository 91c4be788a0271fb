import type { Diagnosis } from '../../../core/diagnosis/diagnose';
import type { Evidence, Finding } from '../../../core/diagnosis/finding';
import type { RunUse } from '../../../core/rightSize/rightSize';
import { hasEnded, type TrainingJob } from '../../../core/trainingJob';
import type { DiagnosisView, EvidenceView, FindingView } from '../../../protocol/runPanel';
import type { Core } from '../../../services/core';
import { RunDiagnoses } from '../../../services/diagnosis/diagnoses';
import { describeFailure } from '../../../services/jobs/failures';
import { readJobRecord } from '../../../services/jobs/jobRecord';
import type { RunMetrics } from '../../../services/metrics/runMetrics';
import { rightSizeView } from './rightSizeView';

/** Milliseconds for which an answer is good, however often a page asks. */
const goodFor = 2000;

/** What one page shows of why its run does not go well, and after it, of what size would have done. */
export class RunDiagnosis {
  private diagnoses: { readonly of: RunMetrics; readonly run: RunDiagnoses } | undefined;
  private last:
    { readonly at: number; readonly ended: boolean; readonly view: Promise<DiagnosisView> } | undefined;

  constructor(
    private readonly core: Pick<Core, 'jobs' | 'logs'>,
    private readonly job: () => TrainingJob,
    /** The page's own metrics, which are read once for all that it shows. */
    private readonly metrics: () => Promise<RunMetrics>,
    private readonly now: () => number,
    private readonly signal: AbortSignal,
  ) {}

  view(): Promise<DiagnosisView> {
    const [at, ended] = [this.now(), hasEnded(this.job().state)];
    const { last } = this;
    if (last?.ended === ended && at >= last.at && at - last.at < goodFor) return last.view;
    const view = this.read(ended);
    this.last = { at, ended, view };
    view.catch(() => (this.last = undefined));
    return view;
  }

  private async read(ended: boolean): Promise<DiagnosisView> {
    const metrics = await this.metrics();
    if (this.diagnoses?.of !== metrics)
      this.diagnoses = { of: metrics, run: new RunDiagnoses(metrics, this.job, this.now) };
    const { run } = this.diagnoses;
    const found = await run.findings();
    const view = { findings: findingViews(found.findings), ...(found.healthy && { healthy: found.healthy }) };
    return ended ? { ...view, ...(await this.size(run, found)) } : view;
  }

  private async size(run: RunDiagnoses, { findings }: Diagnosis): Promise<Pick<DiagnosisView, 'rightSize'>> {
    const job = this.job();
    const record = await readJobRecord(this.core.jobs.folder(job.id));
    const size = await run.size(record?.offer, await this.outOfMemory(job));
    const view = rightSizeView(size, { nodes: job.spec.num_nodes, findings, now: this.now() });
    return view ? { rightSize: view } : {};
  }

  private async outOfMemory(job: TrainingJob): Promise<RunUse['outOfMemory']> {
    return (await describeFailure(this.core, job, this.signal))?.outOfMemory;
  }
}

function findingViews(findings: readonly Finding[]): readonly FindingView[] {
  return findings.map(({ kind, severity, title, advice, evidence }, index) => ({
    id: `${kind}-${findings.slice(0, index).filter((other) => other.kind === kind).length}`,
    severity,
    title,
    advice,
    evidence: evidence.map(evidenceView),
  }));
}

function evidenceView({ what, value, from, to, node, gpu, rank }: Evidence): EvidenceView {
  const where = [
    node === undefined ? '' : `node ${node}`,
    rank === undefined ? '' : `rank ${rank}`,
    gpu === undefined ? '' : `GPU ${gpu}`,
  ].filter((part) => part !== '');
  return { name: what, value, where: where.join(', '), from, to };
}
