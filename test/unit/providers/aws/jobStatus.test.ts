import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { describe, expect, it } from 'vitest';
import type { ExitRecord } from '../../../../src/core/telemetry';
import { costUsd, type TrainingJob } from '../../../../src/core/trainingJob';
import { statusFrom } from '../../../../src/providers/aws/jobs/status';
import { stateOf } from '../../../../src/providers/aws/jobs/states';

const start = new Date(1_700_000_000_000);
const end = new Date(1_700_000_100_000);
const nobody = { ends: new Map<number, ExitRecord>() };

function job(more: Partial<DescribeTrainingJobResponse>): DescribeTrainingJobResponse {
  return {
    TrainingJobName: 'digits-a1b2c3',
    TrainingJobArn: 'arn',
    ResourceConfig: { InstanceType: 'ml.g5.xlarge', InstanceCount: 2, VolumeSizeInGB: 50 },
    TrainingStartTime: start,
    ...more,
  } as DescribeTrainingJobResponse;
}

function exit(reasonKind: string, code: number, reason: string, t = 1_700_000_050_000): ExitRecord {
  return { kind: 'exit', t, code, reason, reasonKind };
}

const ended = (status: 'Completed' | 'Failed' | 'Stopped', more: Partial<DescribeTrainingJobResponse> = {}) =>
  job({ TrainingJobStatus: status, SecondaryStatus: status, TrainingEndTime: end, ...more });

describe('how a SageMaker job is', () => {
  it.each([
    ['InProgress', 'Pending', 'queued'],
    ['InProgress', 'Starting', 'starting'],
    ['InProgress', 'DownloadingTrainingImage', 'starting'],
    ['InProgress', 'Training', 'running'],
    ['InProgress', 'Uploading', 'running'],
    ['InProgress', 'Interrupted', 'starting'],
    ['InProgress', 'a new word', 'unknown'],
    ['Stopping', 'Stopping', 'stopping'],
    ['Completed', 'Completed', 'succeeded'],
    ['Failed', 'Failed', 'failed'],
    ['Stopped', 'MaxRuntimeExceeded', 'stopped'],
    ['Deleting', 'Completed', 'unknown'],
    ['a new word', undefined, 'unknown'],
    ['toString', 'constructor', 'unknown'],
  ])('%s, %s is %s', (status, second, state) => {
    expect(stateOf(status, second)).toBe(state);
  });

  it('while it starts says of each node what it waits for', () => {
    const status = statusFrom(
      job({ TrainingJobStatus: 'InProgress', SecondaryStatus: 'DownloadingTrainingImage' }),
      nobody,
    );
    expect(status).toMatchObject({ state: 'starting', rawState: 'DownloadingTrainingImage' });
    expect(status.nodes).toEqual(
      [0, 1].map((rank) => ({ rank, state: 'starting', phase: 'pulling the image' })),
    );
  });

  it('while it runs says of each node which phase its launcher is in', () => {
    const status = statusFrom(job({ TrainingJobStatus: 'InProgress', SecondaryStatus: 'Training' }), {
      ...nobody,
      phases: new Map([[1, 'setup']]),
    });
    expect(status.nodes).toEqual([
      { rank: 0, state: 'running' },
      { rank: 1, state: 'running', phase: 'setup' },
    ]);
  });

  it('keeps what SageMaker did and when, in words, over an interruption', () => {
    const at = (seconds: number) => new Date(start.getTime() + seconds * 1000);
    const status = statusFrom(
      ended('Stopped', {
        SecondaryStatus: 'MaxWaitTimeExceeded',
        SecondaryStatusTransitions: [
          { Status: 'Pending', StartTime: at(0), EndTime: at(5) },
          { Status: 'Downloading', StartTime: at(5), EndTime: at(9) },
          { Status: 'Training', StartTime: at(9), EndTime: at(20) },
          { Status: 'Interrupted', StartTime: at(20) },
          { Status: 'A new word' as 'Training', StartTime: at(30), EndTime: at(31) },
          { Status: 'MaxWaitTimeExceeded', StartTime: at(40), EndTime: at(40) },
        ],
      }),
      nobody,
    );
    const told = status.steps?.map(({ kind, label, from, to = NaN }) => [
      kind,
      label,
      (from - start.getTime()) / 1000,
      (to - start.getTime()) / 1000,
    ]);
    expect(told).toEqual([
      ['work', 'waiting in the queue', 0, 5],
      ['work', 'downloading input', 5, 9],
      ['run', 'training', 9, 20],
      ['restart', 'spot machines were taken away', 20, 30],
      ['work', 'A new word', 30, 31],
      ['stop', 'stopped at the longest wait for spot machines', 40, 40],
    ]);
    expect(status.facts).toContainEqual({ label: 'Interruptions', value: '1' });
  });

  it('says which node failed first and how; those that SageMaker ended for it are stopped', () => {
    const ends = new Map([
      [0, exit('stopped', 143, 'stopped by SIGTERM', 1_700_000_060_000)],
      [1, exit('exit', 7, 'run exited with code 7')],
    ]);
    const status = statusFrom(ended('Failed', { FailureReason: 'AlgorithmError: …, exit code: 7' }), {
      ends,
    });
    expect(status).toMatchObject({
      state: 'failed',
      exit: { node: 1, code: 7, reason: 'run exited with code 7' },
    });
    expect(status.nodes.map(({ state, exit: own }) => [state, own?.reason])).toEqual([
      ['stopped', 'another node failed first'],
      ['failed', 'run exited with code 7'],
    ]);
  });

  it('that its own limit ended was stopped, whatever SageMaker calls it', () => {
    const ends = new Map(
      [0, 1].map((rank) => [rank, exit('max_duration', 143, 'max_duration of 1 h reached')]),
    );
    expect(statusFrom(ended('Failed'), { ends })).toMatchObject({
      state: 'stopped',
      rawState: 'Failed',
      exit: { reason: 'max_duration of 1 h reached' },
    });
  });

  it('that was stopped keeps the reason of who stopped it, and else says SageMaker’s', () => {
    const ends = new Map([0, 1].map((rank) => [rank, exit('stopped', 143, 'stopped by SIGTERM')]));
    expect(statusFrom(ended('Stopped'), { ends, stopReason: 'Enough.' }).exit?.reason).toBe('Enough.');
    expect(statusFrom(ended('Stopped'), { ends }).exit?.reason).toBe('stopped in SageMaker');
    expect(
      statusFrom(ended('Stopped', { SecondaryStatus: 'MaxWaitTimeExceeded' }), nobody).exit?.reason,
    ).toMatch(/spot capacity/);
  });

  it('whose nodes said nothing has SageMaker’s own words', () => {
    const reason = 'CapacityError: Unable to provision requested ML compute capacity.';
    expect(statusFrom(ended('Failed', { FailureReason: reason }), nobody)).toMatchObject({
      state: 'failed',
      exit: { reason },
    });
    expect(statusFrom(ended('Completed'), nobody)).toMatchObject({ state: 'succeeded', exit: { code: 0 } });
  });

  it('tells what was billed, and what spot saved, of the words of SageMaker', () => {
    const status = statusFrom(
      ended('Completed', {
        EnableManagedSpotTraining: true,
        TrainingTimeInSeconds: 1000,
        BillableTimeInSeconds: 300,
        SecondaryStatusTransitions: [
          { Status: 'Training', StartTime: start, StatusMessage: 'Training in progress' },
          { Status: 'Interrupted', StartTime: start },
          { Status: 'Restarting', StartTime: start },
        ],
      }),
      nobody,
    );
    expect(status.facts).toEqual([
      { label: 'Billed', value: '5 m of 16 m 40 s each node ran' },
      { label: 'Spot saving', value: '70 %' },
      { label: 'Interruptions', value: '1' },
      { label: 'Restarts', value: '1' },
      {
        label: 'SageMaker',
        value: 'Restarting',
        detail: expect.arrayContaining([
          expect.stringMatching(/^\d\d:\d\d:\d\d Training: Training in progress$/),
        ]) as string[],
      },
    ]);
  });

  it('says of a spot job that its cost so far is the most that it can be', () => {
    const facts = (EnableManagedSpotTraining: boolean) =>
      statusFrom(job({ TrainingJobStatus: 'InProgress', EnableManagedSpotTraining }), nobody).facts;
    expect(facts(true)).toContainEqual({ label: 'Spot', value: 'costs at most this' });
    expect(facts(false) ?? []).not.toContainEqual(expect.objectContaining({ label: 'Spot' }));
  });

  it('costs nothing before it has machines, and then what it was billed', () => {
    const cost = (more: Partial<DescribeTrainingJobResponse>) => {
      const status = statusFrom(
        job({ TrainingJobStatus: 'InProgress', SecondaryStatus: 'Pending', ...more }),
        nobody,
      );
      return costUsd({ ...status, hourlyUsd: 3.6, createdAt: start.getTime() } as TrainingJob, end.getTime());
    };
    expect(cost({ TrainingStartTime: undefined })).toBe(0);
    expect(cost({ ...ended('Failed'), TrainingStartTime: undefined })).toBe(0);
    expect(cost({ SecondaryStatus: 'Training' })).toBeCloseTo(0.1);
    expect(cost({ ...ended('Completed'), BillableTimeInSeconds: 61 })).toBeCloseTo(0.061);
  });
});
