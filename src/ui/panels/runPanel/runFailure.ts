import type * as vscode from 'vscode';
import { ansiSpans } from '../../../core/ansi';
import type { Failure } from '../../../core/failure/failure';
import type { TrainingJob } from '../../../core/trainingJob';
import type { FailureView } from '../../../protocol/runPanel';
import type { Core } from '../../../services/core';
import { readJobRecord } from '../../../services/jobs/jobRecord';
import { describeFailure } from '../../../services/jobs/failures';
import { frameFiles } from './frameFiles';
import { frameLabel } from './frameTarget';
import { exitText } from './jobView';
import type { RunPanelDeps } from './runPanels';

/** The failure card of one page, and the way from its frames to the workspace's files. */
export class RunFailure {
  private frames: readonly { file: vscode.Uri | undefined; line: number }[] = [];

  constructor(
    private readonly core: Core,
    private readonly job: () => TrainingJob,
    private readonly deps: RunPanelDeps,
    private readonly signal: AbortSignal,
  ) {}

  /** `null` for a job that has not failed. */
  async view(): Promise<FailureView | null> {
    const job = this.job();
    const record = await readJobRecord(this.core.jobs.folder(job.id));
    const failure = await describeFailure(this.core, job, this.signal);
    if (!failure) return null;
    const { workdir } = job.spec;
    const files = await frameFiles(
      failure.frames.map(({ file }) => file),
      {
        jobId: job.id,
        ...(record && { baseFolder: record.baseFolder }),
        ...(typeof workdir === 'string' && { workdir }),
      },
    );
    this.frames = failure.frames.map(({ line }, index) => ({ file: files[index], line }));
    return failureView(failure, (index) => files[index] !== undefined);
  }

  /** Opens frame `index` of the last view. */
  async open(index: number): Promise<void> {
    const frame = this.frames[index];
    if (!frame?.file) throw new Error('This file is not in the workspace.');
    await this.deps.openFile(frame.file, frame.line);
  }
}

function failureView(failure: Failure, canOpen: (index: number) => boolean): FailureView {
  const { reason, error, node, rank, firstLine, lines, frames, hints } = failure;
  const exit = exitText({
    ...(failure.exitCode !== undefined && { code: failure.exitCode }),
    ...(failure.signal !== undefined && { signal: failure.signal }),
  });
  return {
    reason,
    ...(error !== undefined && { error }),
    ...(node !== undefined && { node }),
    ...(rank !== undefined && { rank }),
    ...(exit && { exit }),
    lines: lines.map(ansiSpans),
    ...(firstLine !== undefined && { firstLine }),
    frames: frames.map((frame, index) => ({
      file: frame.file,
      label: frameLabel(frame.file),
      line: frame.line,
      function: frame.function,
      canOpen: canOpen(index),
    })),
    hints,
  };
}
