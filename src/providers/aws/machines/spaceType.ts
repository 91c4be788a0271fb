import type { AppDetails, DescribeSpaceResponse, SpaceDetails } from '@aws-sdk/client-sagemaker';
import { ProviderError } from '../../../core/errors';
import type { SpaceApi } from './spaceApi';

/** The machine that a Studio space runs on, or would be started on. */
export interface SpaceType {
  /** Such as `ml.g5.xlarge`. */
  readonly name: string;
  /** Nobody chose it: SageMaker takes it where neither the space nor its domain names one. */
  readonly isDefault: boolean;
}

/**
 * Which type `system` is, and none: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-sagemaker-domain-resourcespec.html
 * (November 2026).
 */
const platformDefault: SpaceType = { name: 'ml.t3.medium', isDefault: true };

/** What spaces are set to, each asked for once for each change of it. */
export class SpaceTypes {
  private readonly known = new Map<string, SpaceType>();

  constructor(private readonly api: SpaceApi) {}

  /** `undefined` where the space may not be looked at: it is shown all the same. */
  async get(space: SpaceDetails, signal: AbortSignal): Promise<SpaceType | undefined> {
    const { DomainId = '', SpaceName = '', LastModifiedTime } = space;
    const key = `${DomainId}/${SpaceName} ${LastModifiedTime?.getTime() ?? ''}`;
    try {
      const type = this.known.get(key) ?? typeOf(await this.api.describe({ DomainId, SpaceName }, signal));
      this.known.set(key, type);
      return type;
    } catch (error) {
      if (error instanceof ProviderError) return undefined;
      throw error;
    }
  }
}

/** As its settings have it. */
export function typeOf({ SpaceSettings: settings }: DescribeSpaceResponse): SpaceType {
  const app = settings?.AppType === 'CodeEditor' ? 'CodeEditorAppSettings' : 'JupyterLabAppSettings';
  const name = settings?.[app]?.DefaultResourceSpec?.InstanceType;
  return name === undefined || name === 'system' ? platformDefault : { name, isDefault: false };
}

export function typeOfApp(app: AppDetails | undefined): SpaceType | undefined {
  const name = app?.ResourceSpec?.InstanceType;
  return name === undefined ? undefined : { name, isDefault: false };
}

/** Whether it has no machine any more: the next may be another one. */
export function isOver(app: AppDetails | undefined): boolean {
  return app === undefined || app.Status === 'Deleted' || app.Status === 'Failed';
}
