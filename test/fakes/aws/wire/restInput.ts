import type { Decoded } from './requestCheck';
import { scalar } from './scalar';
import type { Operation, ServiceModel, Shape, ShapeRef } from './serviceModel';
import type { WireRequest } from './wireRequest';
import { readXml, xmlValue } from './xml';

/** The operation and input of a request whose path says what is asked (S3, SSO), by the service's model. */
export function restInput(model: ServiceModel, request: WireRequest): Decoded {
  const url = new URL(request.path, 'http://host');
  // The SDK for JavaScript names the operation where a path has several.
  const named = url.searchParams.get('x-id');
  const found = Object.values(model.operations)
    .filter(({ name }) => named === null || name === named)
    .map((operation) => match(model, operation, request, url))
    .filter((one) => one !== undefined)
    .sort((one, other) => other.weight - one.weight)[0];
  if (!found) return { problems: ['There is no such operation'] };
  return { operation: found.operation, input: found.input, problems: found.problems };
}

type Match = Decoded & { readonly operation: string; readonly weight: number };

/** `undefined` where the request is not of this operation. The more of what it asks for is there, the more it weighs. */
function match(model: ServiceModel, operation: Operation, request: WireRequest, url: URL): Match | undefined {
  const { method, requestUri } = operation.http;
  if (method !== request.method) return undefined;
  const [path = '', query = ''] = requestUri.split('?');
  const labels = labelsOf(path, url.pathname);
  if (!labels) return undefined;
  const fixed = [...new URLSearchParams(query)];
  if (fixed.some(([key, value]) => url.searchParams.get(key) !== value && value !== '')) return undefined;
  if (fixed.some(([key]) => !url.searchParams.has(key))) return undefined;
  const shape = model.shapes[operation.input?.shape ?? ''];
  const taken = new Set(['x-id', ...fixed.map(([key]) => key)]);
  const input: Record<string, unknown> = {};
  for (const [name, ref] of Object.entries(shape?.members ?? {})) {
    const value = located(model, ref, labels, url, request, taken);
    if (value !== undefined) input[name] = value;
  }
  const problems: string[] = [];
  try {
    Object.assign(input, bodyOf(model, shape, request));
  } catch (error) {
    problems.push(`The body can’t be read: ${String(error)}`);
  }
  for (const key of url.searchParams.keys()) {
    // Of a signed URL.
    if (!taken.has(key) && !key.toLowerCase().startsWith('x-amz-'))
      problems.push(`Unknown parameter: ${key}`);
  }
  const missing = (shape?.required ?? []).filter((name) => input[name] === undefined).length;
  const required = (shape?.required ?? []).length;
  const weight = fixed.length * 10 + required - missing * 20 - problems.length * 5;
  return { operation: operation.name, input, problems, weight };
}

/** Values of a path such as `/{Bucket}/{Key+}`; `undefined` where it does not fit. */
function labelsOf(pattern: string, path: string): ReadonlyMap<string, string> | undefined {
  const names: string[] = [];
  const source = pattern.replaceAll(/\{(\w+)(\+?)\}/g, (_, name: string, greedy: string) => {
    names.push(name);
    return greedy === '' ? '([^/]+)' : '(.+)';
  });
  const found = new RegExp(`^${source}/?$`).exec(path);
  if (!found) return undefined;
  return new Map(names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')]));
}

function located(
  model: ServiceModel,
  ref: ShapeRef,
  labels: ReadonlyMap<string, string>,
  url: URL,
  request: WireRequest,
  taken: Set<string>,
): unknown {
  const { location, locationName = '' } = ref;
  const type = model.shapes[ref.shape]?.type ?? 'string';
  const value = (text: string | undefined) => (text === undefined ? undefined : scalar(type, text));
  switch (location) {
    case 'uri':
      return value(labels.get(locationName));
    case 'querystring':
      taken.add(locationName);
      if (type === 'list')
        return url.searchParams.has(locationName) ? url.searchParams.getAll(locationName) : undefined;
      return value(url.searchParams.get(locationName) ?? undefined);
    case 'header': {
      const text = request.headers[locationName.toLowerCase()];
      // SDKs send lists of names as one line.
      return type === 'list' && typeof text === 'string' ? text.split(/, */) : value(text?.toString());
    }
    case 'headers': {
      const prefix = locationName.toLowerCase();
      const found = Object.entries(request.headers).filter(([name]) => name.startsWith(prefix));
      return found.length === 0
        ? undefined
        : Object.fromEntries(found.map(([name, text]) => [name.slice(prefix.length), text]));
    }
    case undefined:
      return undefined;
  }
}

function bodyOf(model: ServiceModel, shape: Shape | undefined, { body }: WireRequest): object {
  if (!shape || body.length === 0) return {};
  const isXml = model.metadata.protocol === 'rest-xml';
  const { payload } = shape;
  const ref = payload === undefined ? undefined : shape.members?.[payload];
  if (ref && payload !== undefined) {
    if (model.shapes[ref.shape]?.type !== 'structure') return { [payload]: body };
    const text = body.toString();
    return { [payload]: isXml ? xmlValue(model, ref, readXml(text)) : (JSON.parse(text) as unknown) };
  }
  const inBody = Object.values(shape.members ?? {}).some(({ location }) => location === undefined);
  return inBody && !isXml ? (JSON.parse(body.toString()) as object) : {};
}
