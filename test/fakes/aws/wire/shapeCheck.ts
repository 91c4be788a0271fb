import { serviceModel, type ServiceModel, type Shape } from './serviceModel';

/** What of an operation's input breaks AWS's own description of it, one sentence each, in the words of the services. */
export function violations(service: string, operation: string, input: unknown): readonly string[] {
  const model = serviceModel(service);
  const asked = model.operations[operation];
  if (!asked) return [`${service} has no operation ${operation}`];
  if (!asked.input) return [];
  const found: string[] = [];
  checkShape(model, asked.input.shape, input, '', found);
  return found;
}

/** Adds to `found`. `path` is such as `resourceConfig.instanceType`. */
export function checkShape(
  model: ServiceModel,
  name: string,
  value: unknown,
  path: string,
  found: string[],
): void {
  const shape = model.shapes[name];
  if (!shape) throw new Error(`No shape ${name}`);
  const wrongType = () =>
    found.push(`Value ${shown(value)} at '${path}' is of the wrong type: ${shape.type} is wanted`);
  switch (shape.type) {
    case 'structure': {
      if (!isRecord(value)) return void wrongType();
      for (const member of shape.required ?? [])
        if (value[member] === undefined)
          found.push(failed(null, at(path, member), 'Member must not be null'));
      for (const [member, inner] of Object.entries(value)) {
        const ref = shape.members?.[member];
        if (!ref) found.push(`Unknown member '${at(path, member)}'`);
        else if (inner === null) found.push(`'${at(path, member)}' is null`);
        else checkShape(model, ref.shape, inner, at(path, member), found);
      }
      if (shape.union && Object.keys(value).length !== 1)
        found.push(
          `'${path}' is a union: exactly one member must be set, not ${Object.keys(value).join() || 'none'}`,
        );
      return;
    }
    case 'list': {
      if (!Array.isArray(value)) return void wrongType();
      checkSize(shape, value.length, value, path, found);
      value.forEach((inner, index) => {
        checkShape(model, shape.member?.shape ?? '', inner, `${path}.${index + 1}.member`, found);
      });
      return;
    }
    case 'map': {
      if (!isRecord(value)) return void wrongType();
      checkSize(shape, Object.keys(value).length, value, path, found);
      for (const [key, inner] of Object.entries(value)) {
        checkShape(model, shape.key?.shape ?? '', key, `${path}.${key}.key`, found);
        checkShape(model, shape.value?.shape ?? '', inner, `${path}.${key}.member`, found);
      }
      return;
    }
    case 'string': {
      if (typeof value !== 'string') return void wrongType();
      checkSize(shape, Array.from(value).length, value, path, found);
      if (shape.enum && !shape.enum.includes(value))
        found.push(failed(value, path, `Member must satisfy enum value set: [${shape.enum.join(', ')}]`));
      if (shape.pattern !== undefined && !matches(shape.pattern, value))
        found.push(failed(value, path, `Member must satisfy regular expression pattern: ${shape.pattern}`));
      return;
    }
    case 'integer':
    case 'long':
      if (typeof value !== 'number' || !Number.isInteger(value)) return void wrongType();
      checkRange(shape, value, path, found);
      return;
    case 'float':
    case 'double':
      if (typeof value !== 'number') return void wrongType();
      checkRange(shape, value, path, found);
      return;
    case 'timestamp':
      // Epoch seconds in JSON, ISO 8601 in queries.
      if (typeof value !== 'number' && !(typeof value === 'string' && !Number.isNaN(Date.parse(value))))
        wrongType();
      return;
    case 'boolean':
      if (typeof value !== 'boolean') wrongType();
      return;
    case 'blob':
      if (typeof value !== 'string' && !Buffer.isBuffer(value)) wrongType();
      return;
    default:
      throw new Error(`Unknown type of shape ${name}: ${shape.type}`);
  }
}

function checkSize(shape: Shape, size: number, value: unknown, path: string, found: string[]): void {
  const { min, max } = shape;
  if (min !== undefined && size < min)
    found.push(failed(value, path, `Member must have length greater than or equal to ${min}`));
  if (max !== undefined && size > max)
    found.push(failed(value, path, `Member must have length less than or equal to ${max}`));
}

function checkRange({ min, max }: Shape, value: number, path: string, found: string[]): void {
  if (min !== undefined && value < min)
    found.push(failed(value, path, `Member must have value greater than or equal to ${min}`));
  if (max !== undefined && value > max)
    found.push(failed(value, path, `Member must have value less than or equal to ${max}`));
}

function failed(value: unknown, path: string, constraint: string): string {
  return `Value ${shown(value)} at '${path}' failed to satisfy constraint: ${constraint}`;
}

/** Java's patterns as JavaScript's; one that is not JavaScript's is not checked. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u').test(value);
  } catch {
    try {
      return new RegExp(`^(?:${pattern})$`).test(value);
    } catch {
      return true;
    }
  }
}

/** A path in the words of the services, whose members begin with a small letter. */
function at(path: string, member: string): string {
  const small = member.charAt(0).toLowerCase() + member.slice(1);
  return path === '' ? small : `${path}.${small}`;
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `'${text.length > 300 ? `${text.slice(0, 300)}…` : text}'`;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}
