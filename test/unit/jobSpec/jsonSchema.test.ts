import { expect, it } from 'vitest';
import { jobFileJsonSchema } from '../../../src/core/jobSpec/jsonSchema';

interface Node {
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Record<string, Node>;
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly additionalProperties?: Node | boolean;
}

function undescribed(node: Node, path: string): string[] {
  const fields = Object.entries(node.properties ?? {}).flatMap(([name, field]) => {
    const at = `${path}.${name}`;
    return [...(field.description && field.title ? [] : [at]), ...undescribed(field, at)];
  });
  const { items, additionalProperties: rest } = node;
  const inner = [
    ...(node.anyOf ?? []),
    ...(items ? [items] : []),
    ...(typeof rest === 'object' ? [rest] : []),
  ];
  return [...fields, ...inner.flatMap((one) => undescribed(one, path))];
}

it('describes every field', () => {
  expect(undescribed(jobFileJsonSchema() as Node, '')).toEqual([]);
});

it('has what editors complete with, and nothing internal', () => {
  const { properties } = jobFileJsonSchema() as Node;
  expect(properties?.num_nodes).toMatchObject({ default: 1 });
  expect(Object.keys(properties ?? {})).toEqual(
    expect.arrayContaining(['name', 'resources', 'trainyard', 'run']),
  );
  expect(JSON.stringify(jobFileJsonSchema())).not.toMatch(/"_[a-z]/);
});
