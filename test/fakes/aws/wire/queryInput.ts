import type { Decoded } from './requestCheck';
import type { ServiceModel, ShapeRef } from './serviceModel';
import type { WireRequest } from './wireRequest';
import { scalar } from './scalar';

/** The input of a form such as `Action=RunInstances&Filter.1.Name=…` (EC2, IAM, STS), by the names that the service's model gives to it. */
export function queryInput(model: ServiceModel, { operation, body }: WireRequest): Decoded {
  const form = new Map(new URLSearchParams(body.toString()));
  form.delete('Action');
  form.delete('Version');
  const asked = model.operations[operation];
  if (!asked) return { operation, problems: [] };
  const reader = new FormReader(model, form);
  const input = asked.input ? reader.read(asked.input, '') : {};
  const problems = [...form.keys()].map((key) => `Unknown parameter: ${key}`);
  return { operation, input: input ?? {}, problems };
}

class FormReader {
  private readonly ec2: boolean;

  constructor(
    private readonly model: ServiceModel,
    private readonly form: Map<string, string>,
  ) {
    this.ec2 = model.metadata.protocol === 'ec2';
  }

  /** Takes what it reads out of the form. `undefined` where there is nothing below `path`. */
  read(ref: ShapeRef, path: string): unknown {
    const shape = this.model.shapes[ref.shape];
    if (!this.isThere(path)) return undefined;
    switch (shape?.type) {
      case 'structure': {
        const members = Object.entries(shape.members ?? {}).map(([name, member]) => [
          name,
          this.read(member, path === '' ? this.nameOf(name, member) : `${path}.${this.nameOf(name, member)}`),
        ]);
        return Object.fromEntries(members.filter(([, value]) => value !== undefined));
      }
      case 'list': {
        const flat = this.ec2 || (shape.flattened ?? ref.flattened ?? false);
        const prefix = flat ? path : `${path}.${shape.member?.locationName ?? 'member'}`;
        const items: unknown[] = [];
        for (let index = 1; this.isThere(`${prefix}.${index}`); index += 1)
          items.push(this.read(shape.member ?? { shape: '' }, `${prefix}.${index}`));
        // An empty list.
        if (this.form.get(path) === '') this.form.delete(path);
        return items;
      }
      case 'map': {
        const entries: [string, unknown][] = [];
        for (let index = 1; this.isThere(`${path}.entry.${index}`); index += 1) {
          const key = String(this.read(shape.key ?? { shape: '' }, `${path}.entry.${index}.key`));
          entries.push([key, this.read(shape.value ?? { shape: '' }, `${path}.entry.${index}.value`)]);
        }
        return Object.fromEntries(entries);
      }
      default: {
        const text = this.form.get(path);
        this.form.delete(path);
        return text === undefined ? undefined : scalar(shape?.type ?? 'string', text);
      }
    }
  }

  private isThere(path: string): boolean {
    if (path === '' || this.form.has(path)) return true;
    return [...this.form.keys()].some((key) => key.startsWith(`${path}.`));
  }

  private nameOf(name: string, { queryName, locationName }: ShapeRef): string {
    if (!this.ec2) return locationName ?? name;
    if (queryName !== undefined) return queryName;
    return locationName === undefined ? name : locationName.charAt(0).toUpperCase() + locationName.slice(1);
  }
}
