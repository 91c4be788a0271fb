import type { ResponseLaunchTemplateData } from '@aws-sdk/client-ec2';
import { ProviderError } from '../../../core/errors';
import type { LaunchTemplate } from '../../../core/instance';
import type { AwsAccount } from '../account/account';
import { allPages } from '../account/pages';

/** One version of a launch template. */
export interface TemplateVersion {
  readonly data: ResponseLaunchTemplateData;
  readonly version: string;
}

/** The account's launch templates in its region. Throws `ProviderError`. */
export async function launchTemplates(
  account: AwsAccount,
  signal: AbortSignal,
): Promise<readonly LaunchTemplate[]> {
  const found = await allPages((token) =>
    account.ask(
      'ec2',
      'The launch templates can’t be listed',
      async (sdk, client, options) => {
        const page = await client.send(
          new sdk.DescribeLaunchTemplatesCommand({ MaxResults: 200, ...token }),
          options,
        );
        return [page.LaunchTemplates, page.NextToken] as const;
      },
      signal,
    ),
  );
  return found.map(({ LaunchTemplateId: id = '', LaunchTemplateName: label = id, CreatedBy }) => {
    // Of an ARN such as `arn:aws:iam::123456789012:user/ana`, who it is.
    const by = CreatedBy?.split(/[:/]/).at(-1) ?? '';
    return { id, label, detail: by === '' ? id : `by ${by} · ${id}` };
  });
}

/** The template's default version. Throws `ProviderError`. */
export async function defaultVersion(
  account: AwsAccount,
  template: string,
  signal: AbortSignal,
): Promise<TemplateVersion> {
  const { LaunchTemplateVersions: [found] = [] } = await account.ask(
    'ec2',
    'The launch template can’t be read',
    (sdk, client, options) =>
      client.send(
        new sdk.DescribeLaunchTemplateVersionsCommand({
          LaunchTemplateId: template,
          Versions: ['$Default'],
        }),
        options,
      ),
    signal,
  );
  if (!found?.LaunchTemplateData)
    throw new ProviderError('notFound', `There is no such launch template in ${account.region}: ${template}`);
  // The very version that was looked at: the default one may change meanwhile.
  return { data: found.LaunchTemplateData, version: String(found.VersionNumber ?? '$Default') };
}
