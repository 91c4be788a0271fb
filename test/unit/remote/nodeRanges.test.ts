import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LaunchedJob, exitOf, linux, shells, until } from './launchedJob';

/** The middle of five nodes: this machine runs ranks 1 to 3. */
const middle = { TRAINYARD_NUM_NODES: '5', TRAINYARD_FIRST_RANK: '1', TRAINYARD_HOST_NODES: '3' };

describe.skipIf(!linux).concurrent.each(shells)(
  'a machine that has some of a job’s nodes, with $name,',
  (shell) => {
    it('starts these, each with its rank among all, and no other', async (test) => {
      const job = new LaunchedJob(shell, {
        test,
        run: 'echo "$SKYPILOT_NODE_RANK of $SKYPILOT_NUM_NODES"',
        nodes: 5,
        env: middle,
      });
      expect(await job.run()).toBe(0);
      expect([0, 1, 2, 3, 4].map((rank) => job.log(rank))).toEqual([
        '',
        '1 of 5\n',
        '2 of 5\n',
        '3 of 5\n',
        '',
      ]);
      expect([0, 4].map((rank) => existsSync(job.path('pid', rank)))).toEqual([false, false]);
    });

    it('stops its own when one fails, and leaves no word to those of others', async (test) => {
      const job = new LaunchedJob(shell, {
        test,
        run: 'echo ready; [ $SKYPILOT_NODE_RANK = 3 ] && exit 5; sleep 60',
        nodes: 5,
        env: middle,
      });
      expect(await job.run()).not.toBe(0);
      expect(job.exit(3)).toMatchObject({ code: 5, reasonKind: 'exit' });
      for (const rank of [1, 2])
        expect(job.exit(rank)).toMatchObject({ reason: 'node 3 failed first', reasonKind: 'peer' });
      expect([0, 4].map((rank) => existsSync(job.path('peer', rank)))).toEqual([false, false]);
    });

    it('ends its own when it is told to', async (test) => {
      const job = new LaunchedJob(shell, { test, run: 'echo ready; sleep 60', nodes: 5, env: middle });
      const child = job.start();
      await Promise.all([1, 2, 3].map((rank) => job.said('ready', rank)));
      child.kill('SIGTERM');
      expect(await exitOf(child)).not.toBe(0);
      for (const rank of [1, 2, 3]) expect(job.exit(rank)).toMatchObject({ reasonKind: 'stopped' });
      await until('every process to be gone', () => job.processes().length === 0);
      expect(readFileSync(`${job.folder}/stop`, 'utf8')).toBe('stopped by SIGTERM\n');
    });

    it('runs all where nothing says which, and the rest from its first on', async (test) => {
      const given = [
        { env: { TRAINYARD_FIRST_RANK: 'x', TRAINYARD_HOST_NODES: '' }, ranks: ['0', '1'] },
        { env: { TRAINYARD_FIRST_RANK: '1', TRAINYARD_HOST_NODES: '1' }, ranks: ['1'] },
        { env: { TRAINYARD_FIRST_RANK: '1' }, ranks: ['1'] },
      ];
      for (const { env, ranks } of given) {
        const job = new LaunchedJob(shell, { test, run: 'echo $SKYPILOT_NODE_RANK', nodes: 2, env });
        expect(await job.run()).toBe(0);
        const logs = [0, 1].map((rank) => job.log(rank).trim());
        expect(logs.filter((text) => text !== '')).toEqual(ranks);
      }
    });
  },
);
