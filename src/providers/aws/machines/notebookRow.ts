import type { NotebookInstanceStatus, NotebookInstanceSummary } from '@aws-sdk/client-sagemaker';
import type { IdleFact } from '../../../core/idleShutdown';
import type { Instance, InstanceState } from '../../../core/instance';
import type { Rate } from '../prices/ec2Prices';

/** `undefined`: it is about to be no more. */
const states: Record<NotebookInstanceStatus, InstanceState | undefined> = {
  Pending: 'starting',
  InService: 'running',
  Stopping: 'stopping',
  Stopped: 'stopped',
  Failed: 'stopped',
  Deleting: undefined,
  Updating: 'stopped',
  InMaintenance: 'running',
  PendingMaintenance: 'running',
};

/** A SageMaker notebook instance; `undefined` of one that is being deleted. */
export function notebookRow(
  found: NotebookInstanceSummary,
  connection: string,
  rate: Rate,
  idle: IdleFact,
): Instance | undefined {
  const { NotebookInstanceName: name = '', NotebookInstanceStatus: status, InstanceType: type = '' } = found;
  const { LastModifiedTime, NotebookInstanceLifecycleConfigName: script } = found;
  const state = stateOf(status);
  if (state === undefined) return undefined;
  const power = powerOf(status);
  return {
    id: `${connection}/notebook/${name}`,
    label: name,
    state,
    hourlyUsd: rate.hourlyUsd,
    ...(rate.asOf !== null && { pricesAsOf: rate.asOf }),
    hardware: type,
    // AWS says when it was last changed, and the change to a running one is its start.
    ...(state === 'running' && LastModifiedTime && { runningSince: +LastModifiedTime }),
    ...(power && { power }),
    idle,
    hasPage: state === 'running',
    attachable: false,
    facts: [
      ['Kind', 'SageMaker notebook instance'],
      ['Status', status ?? 'unknown'],
      ['Idle shutdown', idle.words],
      ...(script === undefined ? [] : [['Lifecycle script', script] as const]),
      ...(rate.from === '' ? [] : [['Price from', rate.from] as const]),
    ],
    removable: false,
  };
}

function stateOf(status: NotebookInstanceStatus | undefined): InstanceState | undefined {
  return status !== undefined && Object.hasOwn(states, status) ? states[status] : 'unknown';
}

function powerOf(status: NotebookInstanceStatus | undefined): Instance['power'] {
  if (status === 'Stopped' || status === 'Failed') return 'start';
  return status === 'InService' ? 'stop' : undefined;
}
