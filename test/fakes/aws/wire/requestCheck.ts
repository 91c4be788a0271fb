import { queryInput } from './queryInput';
import { restInput } from './restInput';
import { serviceModel } from './serviceModel';
import { violations } from './shapeCheck';
import type { WireRequest } from './wireRequest';

/** botocore's names of services that are signed under another name. */
const modelNames: Readonly<Record<string, string>> = {
  servicequotas: 'service-quotas',
  monitoring: 'cloudwatch',
  'sso-oauth': 'sso-oidc',
  awsssoportal: 'sso',
};

/**
 * What in requests breaks AWS's own description of its APIs: operations and parameters that there are not, missing ones, types, allowed
 * values, patterns and limits. One sentence each, which names the request; the same one is told once.
 */
export function requestProblems(requests: readonly WireRequest[]): readonly string[] {
  return [...new Set(requests.flatMap(problemsOf))];
}

function problemsOf(request: WireRequest): readonly string[] {
  const service = modelNames[request.service] ?? request.service;
  const { operation, input, problems } = inputOf(service, request);
  const found = [...problems, ...(operation === undefined ? [] : violations(service, operation, input))];
  const name = `${service} ${operation ?? `${request.method} ${request.path}`}`;
  return found.map((problem) => `${name}: ${problem}`);
}

export interface Decoded {
  /** `undefined` where it can't be told. */
  readonly operation?: string;
  readonly input?: unknown;
  readonly problems: readonly string[];
}

function inputOf(service: string, request: WireRequest): Decoded {
  const model = serviceModel(service);
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    const { targetPrefix = '' } = model.metadata;
    const { operation } = request;
    if (target !== `${targetPrefix}.${operation}`)
      return { problems: [`X-Amz-Target is ${target}, where ${targetPrefix}.<operation> is wanted`] };
    try {
      return { operation, input: JSON.parse(request.body.toString() || '{}') as unknown, problems: [] };
    } catch {
      return { problems: ['The body is not JSON'] };
    }
  }
  return request.operation === '' ? restInput(model, request) : queryInput(model, request);
}
