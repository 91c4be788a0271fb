import type {
  AppDetails,
  CreateAppRequest,
  DeleteAppRequest,
  DescribeSpaceRequest,
  DescribeDomainResponse,
  DescribeSpaceResponse,
  IdleSettings,
  ListAppsRequest,
  SpaceDetails,
  UpdateSpaceRequest,
} from '@aws-sdk/client-sagemaker';
import { AwsRefusal } from '../wire/wireRequest';
import { violations } from '../wire/shapeCheck';

type OnTheWire<T> = Omit<T, 'CreationTime'> & { readonly CreationTime: number };

/** SageMaker's operations on Studio's spaces and their apps, which moto lacks. One domain, without pages. */
export class StudioApi {
  private readonly spaces = new Map<string, OnTheWire<DescribeSpaceResponse>>();
  private apps: OnTheWire<AppDetails>[] = [];
  /** Of the one domain's JupyterLab. */
  idle: IdleSettings = { LifecycleManagement: 'ENABLED', IdleTimeoutInMinutes: 120 };

  private readonly operations: Readonly<Record<string, (input: never) => object>> = {
    ListSpaces: () => ({ Spaces: [...this.spaces.values()].map(summary) }),
    DescribeSpace: ({ SpaceName = '' }: DescribeSpaceRequest) => {
      const space = this.space(SpaceName);
      // It takes as long as one look.
      if (space.Status === 'Updating') this.spaces.set(SpaceName, { ...space, Status: 'InService' });
      return space;
    },
    UpdateSpace: ({ SpaceName = '', SpaceSettings }: UpdateSpaceRequest) => {
      const space = this.space(SpaceName);
      if (space.Status !== 'InService')
        throw new AwsRefusal(
          'ResourceInUse',
          `Space [${SpaceName}] is not in a valid state: ${space.Status ?? ''}`,
        );
      const settings = { ...space.SpaceSettings, ...SpaceSettings };
      this.spaces.set(SpaceName, { ...space, Status: 'Updating', SpaceSettings: settings });
      return {};
    },
    DescribeDomain: (): DescribeDomainResponse => ({
      DefaultUserSettings: { JupyterLabAppSettings: { AppLifecycleManagement: { IdleSettings: this.idle } } },
    }),
    DescribeUserProfile: () => ({ UserSettings: {} }),
    ListApps: ({ SpaceNameEquals }: ListAppsRequest) => ({
      Apps: this.apps.filter(
        ({ SpaceName }) => SpaceNameEquals === undefined || SpaceName === SpaceNameEquals,
      ),
    }),
    CreateApp: ({ DomainId, SpaceName, AppType, AppName, ResourceSpec }: CreateAppRequest) => {
      this.space(SpaceName);
      const app = { DomainId, SpaceName, AppType, AppName, ResourceSpec, Status: 'InService' as const };
      this.apps = [...this.apps, { ...app, CreationTime: Date.now() / 1000 }];
      return { AppArn: `arn:aws:sagemaker:us-east-1:123456789012:app/${DomainId ?? ''}/${SpaceName ?? ''}` };
    },
    DeleteApp: ({ SpaceName }: DeleteAppRequest) => {
      this.apps = this.apps.map((app) =>
        app.SpaceName === SpaceName ? { ...app, Status: 'Deleted' as const } : app,
      );
      return {};
    },
    CreatePresignedDomainUrl: () => ({
      AuthorizedUrl: 'https://d-1.studio.us-east-1.sagemaker.aws/auth?token=x',
    }),
  };

  /** The answer, or `undefined` where the operation is not about Studio. Throws `AwsRefusal`. */
  ask(operation: string, input: Readonly<Record<string, unknown>>): object | undefined {
    if (!Object.hasOwn(this.operations, operation)) return undefined;
    const wrong = violations('sagemaker', operation, input);
    if (wrong.length > 0) throw new AwsRefusal('ValidationException', wrong.join('; '));
    return this.operations[operation]?.(input as never);
  }

  /** Puts in a JupyterLab space, whose app does not run. */
  seed(name: string, type: 'ml.t3.medium' | 'ml.g5.xlarge', idleMinutes?: number): void {
    this.spaces.set(name, {
      DomainId: 'd-1',
      SpaceName: name,
      Status: 'InService',
      CreationTime: Date.now() / 1000,
      OwnershipSettings: { OwnerUserProfileName: 'ana' },
      SpaceSettings: {
        AppType: 'JupyterLab',
        JupyterLabAppSettings: {
          DefaultResourceSpec: { InstanceType: type },
          ...(idleMinutes !== undefined && {
            AppLifecycleManagement: { IdleSettings: { IdleTimeoutInMinutes: idleMinutes } },
          }),
        },
      },
    });
  }

  private space(name = ''): OnTheWire<DescribeSpaceResponse> {
    const space = this.spaces.get(name);
    if (!space) throw new AwsRefusal('ResourceNotFound', `Space [${name}] does not exist.`);
    return space;
  }
}

function summary({
  DomainId,
  SpaceName,
  Status,
  SpaceSettings,
  OwnershipSettings,
}: OnTheWire<DescribeSpaceResponse>): SpaceDetails {
  const SpaceSettingsSummary = { AppType: SpaceSettings?.AppType };
  return { DomainId, SpaceName, Status, SpaceSettingsSummary, OwnershipSettingsSummary: OwnershipSettings };
}
