import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { motoEnvironment } from '../../../../scripts/python.mjs';

/** A type of AWS's own description of a service, as botocore carries it (`service-2.json`). */
export interface Shape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, ShapeRef>>;
  /** Of a list. */
  readonly member?: ShapeRef;
  /** Of a map. */
  readonly key?: ShapeRef;
  readonly value?: ShapeRef;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
  /** Exactly one member is set. */
  readonly union?: boolean;
  /** Name of the member whose value is the body. */
  readonly payload?: string;
  readonly flattened?: boolean;
  readonly locationName?: string;
}

export interface ShapeRef {
  readonly shape: string;
  readonly location?: 'uri' | 'querystring' | 'header' | 'headers';
  readonly locationName?: string;
  readonly queryName?: string;
  readonly flattened?: boolean;
}

export interface Operation {
  readonly name: string;
  readonly input?: ShapeRef;
  readonly http: { readonly method: string; readonly requestUri: string };
}

export interface ServiceModel {
  readonly metadata: { readonly protocol: string; readonly targetPrefix?: string };
  readonly operations: Readonly<Record<string, Operation>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

const models = new Map<string, ServiceModel>();

/** By botocore's name of the service. Needs the environment of `ensureMoto`. */
export function serviceModel(name: string): ServiceModel {
  const known = models.get(name);
  if (known) return known;
  const python = join(motoEnvironment(), 'lib');
  const version = readdirSync(python).find((entry) => entry.startsWith('python3'));
  const folder = join(python, version ?? '', 'site-packages/botocore/data', name);
  const newest = readdirSync(folder)
    .filter((entry) => /^\d/.test(entry))
    .sort()
    .at(-1);
  const text = gunzipSync(readFileSync(join(folder, newest ?? '', 'service-2.json.gz'))).toString();
  const model = JSON.parse(text) as ServiceModel;
  models.set(name, model);
  return model;
}
