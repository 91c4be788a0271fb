import { expect, it } from 'vitest';
import { SpaceMachines } from '../../../../../src/providers/aws/machines/spaceMachines';
import { ScriptedAccount } from '../../../../fakes/aws/scriptedAccount';

const { signal } = new AbortController();
const id = 'aws/us-east-1/space/d-1/ana';

/** A domain with one space. */
class Studio {
  app: { Status: string } | undefined;
  readonly inputs: unknown[] = [];
  readonly account = new ScriptedAccount('us-east-1', {
    ListSpaces: () => ({
      Spaces: [
        {
          DomainId: 'd-1',
          SpaceName: 'ana',
          Status: 'InService',
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
    DescribeSpace: () => ({
      DomainId: 'd-1',
      SpaceName: 'ana',
      Status: 'InService',
      OwnershipSettings: { OwnerUserProfileName: 'ana' },
      SpaceSettings: {
        AppType: 'JupyterLab',
        JupyterLabAppSettings: {
          DefaultResourceSpec: { InstanceType: 'ml.g5.xlarge' },
          AppLifecycleManagement: { IdleSettings: { IdleTimeoutInMinutes: 60 } },
        },
      },
    }),
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
  readonly spaces = new SpaceMachines(this.account, () => Promise.resolve(1.408));
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

it('nobody gets into a space’s machine by SSH', async () => {
  const machine = new Studio().spaces.machine({ id, label: 'ana' });
  await expect(machine.attach({}, signal)).rejects.toThrow(/Open it in the browser/);
});
