import type { AppDetails, DescribeSpaceResponse } from '@aws-sdk/client-sagemaker';

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
