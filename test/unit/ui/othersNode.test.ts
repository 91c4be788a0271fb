import { describe, expect, it } from 'vitest';
import type { ListedJob } from '../../../src/core/listedJob';
import {
  othersChildren,
  othersChildRow,
  othersId,
  othersPage,
  othersRow,
  type OthersChild,
} from '../../../src/ui/trees/othersNode';
import { troubleRow } from '../../../src/ui/trees/trouble';

const connection = 'aws/us-east-1';
const node = { kind: 'others', connection } as const;

function aListed(changed: Partial<ListedJob> = {}): ListedJob {
  const job = { id: 'llama', name: 'llama', state: 'succeeded', rawState: 'Completed' } as const;
  return { ...job, createdAt: 0, changedAt: 90_000, ...changed };
}

const labels = (children: readonly OthersChild[]) =>
  children.map((child) =>
    child.kind === 'trouble' ? troubleRow(child).label : othersChildRow(child, 0).label,
  );
const listed = (job: ListedJob, now: number) => othersChildRow({ kind: 'listed', connection, job }, now);

describe('the group of jobs that others started', () => {
  it('says how many there are once that is known, and so far until then', () => {
    expect(othersRow(node, { jobs: [], loading: false }).label).toBe('Others on aws/us-east-1');
    expect(othersRow(node, { jobs: [aListed()], loading: true })).toMatchObject({
      id: othersId(connection),
      label: 'Others on aws/us-east-1 (1)',
      description: 'loading…',
      contextValue: 'group loading',
      tooltip: { facts: [['Jobs', '1 so far']] },
      children: 'collapsed',
    });
    const none = othersRow(node, { jobs: [], loading: false, whole: true });
    expect(none).toMatchObject({ label: 'Others on aws/us-east-1 (0)', contextValue: 'group' });
    expect(none.description).toBeUndefined();
    const many = Array.from({ length: 5001 }, (_, index) => aListed({ id: `job-${index}` }));
    expect(othersRow(node, { jobs: many, loading: false, whole: true }).label).toBe(
      'Others on aws/us-east-1 (5,001)',
    );
  });

  it('has what runs first, then the others in their order, and no more than are asked for', () => {
    const jobs = [
      aListed({ id: 'c', name: 'c' }),
      aListed({ id: 'b', name: 'b', state: 'running' }),
      aListed({ id: 'a', name: 'a', state: 'failed' }),
    ];
    const seen = { jobs, loading: false };
    expect(labels(othersChildren(connection, seen, othersPage))).toEqual(['b', 'c', 'a']);
    const some = othersChildren(connection, seen, 2);
    expect(labels(some)).toEqual(['b', 'c', 'Show More…']);
    expect(some.at(-1)).toEqual({ kind: 'more', connection, left: 1 });
  });

  it('has why the last look failed above what is known', () => {
    const problem = new Error('Your sign-in has expired.');
    const children = othersChildren(connection, { jobs: [aListed()], loading: false, problem }, 50);
    expect(labels(children)).toEqual(['The jobs can’t be listed now', 'llama']);
  });
});

describe('the row of a job that another started', () => {
  it('of one that runs says for how long, and it can be stopped', () => {
    expect(listed(aListed({ state: 'running', rawState: 'Training' }), 120_000)).toMatchObject({
      id: 'listed/aws/us-east-1/llama',
      label: 'llama',
      description: 'running · 2 m · 2 m ago',
      contextValue: 'listed stoppable',
      command: { command: '_trainyard.jobs.openClicked', arguments: [] },
    });
  });

  it('of one that has ended says how long it took, by its end or its last change', () => {
    expect(listed(aListed(), 3_600_000)).toMatchObject({
      description: 'succeeded · 1 m 30 s · 1 h ago',
      contextValue: 'listed',
    });
    expect(listed(aListed({ endedAt: 60_000 }), 3_600_000).description).toBe('succeeded · 1 m · 1 h ago');
  });

  it('of one that is being stopped offers no second stop', () => {
    expect(listed(aListed({ state: 'stopping' }), 0).contextValue).toBe('listed');
  });

  it('has the platform’s own word beside the state, and a hostile name on one line', () => {
    const facts = (job: ListedJob) => listed(job, 0).tooltip?.facts[0];
    expect(facts(aListed())).toEqual(['State', 'succeeded (Completed)']);
    expect(facts(aListed({ rawState: '' }))).toEqual(['State', 'succeeded']);
    expect(listed(aListed({ name: 'a\nb\u202e' }), 0).label).toBe('a b');
  });

  it('for more says how many are left', () => {
    expect(othersChildRow({ kind: 'more', connection, left: 4951 }, 0)).toMatchObject({
      label: 'Show More…',
      description: '4,951 older',
      command: { command: '_trainyard.jobs.openClicked' },
    });
  });
});
