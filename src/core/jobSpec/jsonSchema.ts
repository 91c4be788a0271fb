import * as z from 'zod';
import { jobSchema } from './jobSchema';

/** The JSON Schema of one document of a job file, with descriptions, defaults and examples, for editors. */
export function jobFileJsonSchema(): object {
  const schema = z.toJSONSchema(jobSchema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override: forPeople,
  });
  return { ...schema, title: 'Trainyard job file', description: 'A training job in SkyPilot’s task format.' };
}

interface Node {
  properties?: Record<string, unknown>;
  anyOf?: unknown[];
  title?: string;
}

/** Leaves out what is not for people, and gives each field its name as the title. */
function forPeople({ jsonSchema }: { jsonSchema: unknown }): void {
  const node = jsonSchema as Node;
  for (const [name, property] of Object.entries(node.properties ?? {})) {
    if (name.startsWith('_')) Reflect.deleteProperty(node.properties ?? {}, name);
    else if (typeof property === 'object' && property !== null) (property as Node).title ??= name;
  }
}
