import type { SharedConfigFiles } from '@smithy/types';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The URL that a service is asked at in place of AWS's own, `undefined` where it is AWS's. In the SDKs' order
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html), after our own setting. Read here and not left to the SDK,
 * because a host that is not AWS's wants bucket names in the path.
 */
export function endpointOf(
  /** As in `AWS_ENDPOINT_URL_<name>`. */
  name: string,
  setting: string,
  profile: string,
  env: Env,
  files: SharedConfigFiles,
): string | undefined {
  if (setting !== '') return setting;
  const section = files.configFile[profile] ?? {};
  const ignore = env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS ?? section.ignore_configured_endpoint_urls;
  if (ignore?.toLowerCase() === 'true') return undefined;
  const services = section.services === undefined ? {} : files.configFile[`services.${section.services}`];
  const found = [
    env[`AWS_ENDPOINT_URL_${name}`],
    env.AWS_ENDPOINT_URL,
    services?.[`${name.toLowerCase()}.endpoint_url`],
    section.endpoint_url,
  ];
  return found.find((url) => url !== undefined && url !== '');
}
