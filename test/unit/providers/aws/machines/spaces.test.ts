import { expect, it } from 'vitest';
import { SpaceMachines } from '../../../../../src/providers/aws/machines/spaceMachines';
import { startOffer } from '../../../../../src/providers/aws/machines/startOffer';
import { idleFact } from '../../../../../src/providers/aws/machines/spaceIdle';
import { ScriptedAccount } from '../../../../fakes/aws/scriptedAccount';

const { signal } = new AbortController();
const enabled = { LifecycleManagement: 'ENABLED' } as const;
const id = 'aws/us-east-1/space/d-1/ana';

const prices: Readonly<Record<string, number>> = { 'ml.g5.xlarge': 1.408, 'ml.t3.medium': 0.05 };

/** A domain with one space. */
class Studio {
  app: { Status: string } | undefined;
  /** What the space is set to. */
  spec: object | undefined = { InstanceType: 'ml.g5.xlarge' };
  modified = new Date(0);
  /** How often the space was looked at. */
  looks = 0;
  /** Of the owner's profile. */
  profile: object = {};
  readonly inputs: unknown[] = [];
  readonly account = new ScriptedAccount('us-east-1', {
    ListSpaces: () => ({
      Spaces: [
        {
          DomainId: 'd-1',
          SpaceName: 'ana',
          Status: 'InService',
          LastModifiedTime: this.modified,
          SpaceSettingsSummary: { AppType: 'JupyterLab' },
        },
      ],
    }),
    ListApps: () => ({
      Apps: this.app
        ? [
            {
              DomainId: 'd-1',
              SpaceName: 'ana',
              AppType: 'JupyterLab',
              ResourceSpec: { InstanceType: 'ml.g5.xlarge' },
              ...this.app,
            },
          ]
        : [],
    }),
    DescribeSpace: () => {
      this.looks += 1;
      return {
        DomainId: 'd-1',
        SpaceName: 'ana',
        Status: 'InService',
        LastModifiedTime: this.modified,
        OwnershipSettings: { OwnerUserProfileName: 'ana' },
        SpaceSettings: {
          AppType: 'JupyterLab',
          JupyterLabAppSettings: {
            DefaultResourceSpec: this.spec,
            AppLifecycleManagement: { IdleSettings: { IdleTimeoutInMinutes: 60 } },
          },
        },
      };
    },
    DescribeDomain: () => ({
      DefaultUserSettings: {
        JupyterLabAppSettings: {
          AppLifecycleManagement: {
            IdleSettings: { LifecycleManagement: 'ENABLED', IdleTimeoutInMinutes: 120 },
          },
        },
      },
    }),
    DescribeUserProfile: () => ({ UserSettings: this.profile }),
    CreateApp: (input) => {
      this.inputs.push(input);
      this.app = { Status: 'InService' };
      return {};
    },
    DeleteApp: () => {
      this.app = { Status: 'Deleted' };
      return {};
    },
    CreatePresignedDomainUrl: () => ({ AuthorizedUrl: 'https://studio.example/secret' }),
  });
  readonly spaces = new SpaceMachines(this.account, (type) =>
    Promise.resolve({ hourlyUsd: prices[type] ?? null, asOf: '2026-11-26', from: 'SageMaker' }),
  );
}

it('a Studio space is started with its own machine, opened, and stopped, with its idle shutdown said', async () => {
  const studio = new Studio();
  const { spaces } = studio;
  expect((await spaces.list(signal)).rows[0]).toMatchObject({ id, state: 'stopped', power: 'start' });
  await spaces.start(id, signal);
  expect(studio.inputs).toEqual([
    {
      DomainId: 'd-1',
      SpaceName: 'ana',
      AppType: 'JupyterLab',
      AppName: 'default',
      ResourceSpec: { InstanceType: 'ml.g5.xlarge' },
    },
  ]);
  const running = await spaces.get(id, signal);
  expect(running).toMatchObject({
    state: 'running',
    hourlyUsd: 1.408,
    hardware: 'ml.g5.xlarge',
    hasPage: true,
  });
  expect(running.facts).toContainEqual(['Idle shutdown', 'SageMaker stops it after 60 minutes without use']);
  expect(await spaces.page(id, signal)).toBe('https://studio.example/secret');
  await spaces.stop(id, signal);
  expect((await spaces.get(id, signal)).state).toBe('stopped');
});

it('a space that never ran shows the machine that it is set to, or SageMaker’s default as such, with its price', async () => {
  const studio = new Studio();
  const { spaces } = studio;
  const row = async () => (await spaces.list(signal)).rows[0];
  expect(await row()).toMatchObject({ hardware: 'ml.g5.xlarge', hourlyUsd: 1.408 });
  await row();
  expect(studio.looks, 'one look tells its type and its idle shutdown').toBe(1);
  // Somebody changed it meanwhile.
  studio.spec = undefined;
  studio.modified = new Date(1);
  const found = await row();
  expect(found).toMatchObject({ state: 'stopped', hardware: 'ml.t3.medium (default)', hourlyUsd: 0.05 });
  expect(found?.facts.find(([name]) => name === 'Machine')?.[1]).toMatch(
    /^ml\.t3\.medium, SageMaker’s default/,
  );
  expect((await spaces.get(id, signal)).hardware).toBe('ml.t3.medium (default)');
  expect(found && startOffer(found, { connection: 'aws/us-east-1', region: 'us-east-1' })).toMatchObject({
    instanceType: 'ml.t3.medium',
    accelerators: null,
    hourlyUsd: 0.05,
  });
});

it('nobody gets into a space’s machine by SSH', async () => {
  const machine = new Studio().spaces.machine({ id, label: 'ana' });
  await expect(machine.attach({}, signal)).rejects.toThrow(/Open it in the browser/);
});

it('a space that asks for an idle shutdown has none where its owner’s profile turns it off', async () => {
  const studio = new Studio();
  const IdleSettings = { LifecycleManagement: 'DISABLED' };
  studio.profile = { JupyterLabAppSettings: { AppLifecycleManagement: { IdleSettings } } };
  const { facts } = await studio.spaces.get(id, signal);
  expect(facts.find(([name]) => name === 'Idle shutdown')?.[1]).toMatch(/^none: it asks for 60 minutes/);
});

it.each([
  [undefined, { ...enabled, IdleTimeoutInMinutes: 120 }, true, /stops it after 120 minutes/, true],
  [60, { ...enabled, IdleTimeoutInMinutes: 120 }, true, /stops it after 60 minutes/, true],
  [undefined, enabled, true, /does not tell after how long/, undefined],
  [undefined, undefined, true, /^none: it goes on/, false],
  [60, undefined, true, /idle shutdown off/, false],
  [60, undefined, false, /may not be looked at/, undefined],
  [60, enabled, false, /may not be looked at/, undefined],
  [undefined, undefined, false, /may not be looked at/, undefined],
] as const)('idle shutdown of %s minutes under %j, known: %s', (own, idle, isKnown, words, stops) => {
  const fact = idleFact(own, { idle, isKnown });
  expect(fact).toEqual({ words: expect.stringMatching(words) as string, stops });
});
