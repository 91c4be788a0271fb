import { describe, expect, test } from 'vitest';
import { timelineOf } from '../../../src/ui/panels/runPanel/timeline';
import type { PhaseRecord } from '../../../src/ui/panels/runPanel/timeline';

function phase(t: number, name: string, state?: 'start' | 'end', node = 0): PhaseRecord {
  return { t, node, phase: name, ...(state && { state }) };
}

test('phases are bands, and words of the script last until the next one', () => {
  const view = timelineOf(
    [
      phase(1000, 'setup', 'start'),
      phase(3000, 'setup', 'end'),
      phase(3000, 'run', 'start'),
      phase(4000, 'epoch 1'),
      phase(6000, 'epoch 2'),
      { ...phase(7000, 'checkpoint'), path: 'ck/2.pt' },
      phase(9000, 'run', 'end'),
    ],
    [],
    [],
    { startedAt: 500, endedAt: 10_000 },
    99_999,
  );
  expect(view).toMatchObject({ from: 500, to: 10_000 });
  expect(view?.spans.map(({ label, kind, from, to, open }) => [label, kind, from, to, open])).toEqual([
    ['setup', 'setup', 1000, 3000, false],
    ['run', 'run', 3000, 9000, false],
    ['epoch 1', 'step', 4000, 6000, false],
    ['epoch 2', 'step', 6000, 9000, false],
  ]);
  expect(view?.marks).toEqual([{ label: 'checkpoint ck/2.pt', kind: 'checkpoint', t: 7000 }]);
});

test('what has not ended is open up to now', () => {
  const view = timelineOf(
    [phase(1000, 'run', 'start'), phase(2000, 'epoch 1')],
    [],
    [],
    { startedAt: 1000 },
    61_000,
  );
  expect(view?.spans).toMatchObject([
    { label: 'run', to: 61_000, open: true, duration: '1 m' },
    { label: 'epoch 1', to: 61_000, open: true },
  ]);
});

test('one node is shown: the first that told any phase', () => {
  const view = timelineOf([phase(1, 'setup', 'start', 2), phase(1, 'run', 'start', 1)], [], [], {}, 9);
  expect(view?.spans.map(({ label }) => label)).toEqual(['run']);
});

test('an end without its start began with the job', () => {
  const view = timelineOf([phase(5000, 'setup', 'end')], [], [], { startedAt: 1000 }, 6000);
  expect(view?.spans).toMatchObject([{ label: 'setup', from: 1000, to: 5000 }]);
});

test('warnings and stops of guardrails are marks with their reason', () => {
  const guard = { t: 2000, node: 0, rule: 'idle_gpu', action: 'warn', reason: 'GPUs idle for 20 m' };
  const view = timelineOf([phase(1000, 'run', 'start')], [guard], [], {}, 3000);
  expect(view?.marks).toEqual([{ label: 'GPUs idle for 20 m', kind: 'warning', t: 2000 }]);
});

test('thousands of steps are joined until they can be drawn', () => {
  const steps = Array.from({ length: 5000 }, (_, i) => phase(1000 + i, `step ${i}`));
  const view = timelineOf(steps, [], [], { endedAt: 6000 }, 9000);
  expect(view?.spans.length).toBeLessThanOrEqual(200);
  expect(view?.spans[0]?.label).toBe('step 0 to step 24');
  expect(view?.spans.at(-1)?.to).toBe(6000);
});

test('a job that told nothing and has not started has no timeline', () => {
  expect(timelineOf([], [], [], {}, 1000)).toBeNull();
});

describe('what the platform did', () => {
  const steps = [
    { kind: 'work', label: 'pulling the image', from: 1000, to: 3000 },
    { kind: 'run', label: 'training', from: 3000, to: 5000 },
    { kind: 'restart', label: 'spot machines were taken away', from: 5000, to: 6000 },
    { kind: 'run', label: 'training', from: 6000, to: 9000 },
    { kind: 'stop', label: 'stopped at the longest run time', from: 9000, to: 9000 },
  ] as const;

  test('is a band around the job’s own phases, and a mark where it took the machines away or stopped it', () => {
    const view = timelineOf(
      [
        phase(3500, 'run', 'start'),
        phase(6100, 'setup', 'start'),
        phase(6500, 'setup', 'end'),
        phase(6500, 'run', 'start'),
      ],
      [],
      [{ before: 4900, t: 6600, step: 7 }],
      { startedAt: 2000, endedAt: 9000, steps },
      99_999,
    );
    expect(view?.spans.map(({ label, kind, from, to }) => [label, kind, from, to])).toEqual([
      ['run', 'run', 3500, 5000],
      ['setup', 'setup', 6100, 6500],
      ['run', 'run', 6500, 9000],
      ['pulling the image', 'other', 1000, 3000],
    ]);
    expect(view).toMatchObject({ from: 1000, to: 9000 });
    // Told once, by who did it.
    expect(view?.marks).toEqual([
      { kind: 'restart', label: 'spot machines were taken away', t: 5000 },
      { kind: 'stop', label: 'stopped at the longest run time', t: 9000 },
    ]);
  });

  test('ends what ran when the machines were taken away, also while the job waits for others', () => {
    const phases = [phase(3500, 'run', 'start'), phase(4000, 'epoch 1'), phase(4800, 'epoch 2')];
    const view = timelineOf(phases, [], [], { startedAt: 2000, steps: steps.slice(0, 3) }, 8000);
    const spans = view?.spans.filter(({ kind }) => kind !== 'other');
    expect(spans?.map(({ label, from, to, open }) => [label, from, to, open])).toEqual([
      ['run', 3500, 5000, false],
      ['epoch 1', 4000, 4800, false],
      ['epoch 2', 4800, 5000, false],
    ]);
  });

  test('leaves what ended in time, after the machines were claimed, as it told', () => {
    const phases = [
      phase(3500, 'run', 'start'),
      phase(5200, 'run', 'end'),
      phase(6100, 'run', 'start'),
      phase(8000, 'run', 'end'),
    ];
    const view = timelineOf(phases, [], [], { startedAt: 2000, endedAt: 9000, steps }, 99_999);
    const runs = view?.spans.filter(({ label }) => label === 'run');
    expect(runs?.map(({ from, to }) => [from, to])).toEqual([
      [3500, 5200],
      [6100, 8000],
    ]);
  });

  test('is all there is of a job that tells no phases itself', () => {
    const view = timelineOf([], [], [], { startedAt: 2000, steps: steps.slice(0, 2) }, 4000);
    expect(view?.spans.map(({ label, kind, open }) => [label, kind, open])).toEqual([
      ['pulling the image', 'other', false],
      ['training', 'run', false],
    ]);
  });
});

describe('a restart', () => {
  const marks = (phases: PhaseRecord[], restarts: { before: number; t: number; step: number }[]) =>
    timelineOf(phases, [], restarts, {}, 9000)?.marks.map(({ kind, label, t }) => [kind, label, t]);

  test('is `run` that begins again, or a phase of that name', () => {
    expect(
      marks(
        [
          phase(1000, 'run', 'start'),
          phase(2000, 'run', 'end'),
          phase(3000, 'run', 'start'),
          phase(4000, 'restart 2'),
          phase(4500, 'restarting soon'),
        ],
        [],
      ),
    ).toEqual([
      ['restart', 'run begins again', 3000],
      ['restart', 'restart 2', 4000],
    ]);
  });

  test('ends the run that told no end, where nobody says when', () => {
    const phases = [phase(1000, 'run', 'start'), phase(3000, 'run', 'start')];
    const view = timelineOf(phases, [], [], {}, 9000);
    expect(view?.spans.map(({ from, to, open }) => [from, to, open])).toEqual([
      [1000, 3000, false],
      [3000, 9000, true],
    ]);
  });

  test('is seen where steps go back, once for all series, and not again where it was told', () => {
    const run = phase(1000, 'run', 'start');
    const first = { before: 2000, t: 5000, step: 10 };
    const same = { before: 2500, t: 5200, step: 10 };
    const next = { before: 6000, t: 7000, step: 20 };
    expect(marks([run], [same, next, first])).toEqual([
      ['restart', 'back at step 10', 5000],
      ['restart', 'back at step 20', 7000],
    ]);
    expect(marks([run, phase(3000, 'restart')], [first, same, next])).toEqual([
      ['restart', 'restart', 3000],
      ['restart', 'back at step 20', 7000],
    ]);
  });
});
