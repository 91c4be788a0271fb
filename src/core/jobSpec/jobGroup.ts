import type { Field } from './field';
import type { Dag } from './jobFile';
import { isNull } from './yamlTree';

const groupFields = ['name', 'execution', 'primary_tasks', 'termination_delay', 'inter_connection'];
const safeName = /^[\p{L}\p{N}_-]*$/u;
const delay = /^[0-9]+[smhdwSMHDW]?$/;

export interface Header {
  readonly dag: Dag;
  /** The documents that are jobs; null ones still among them. */
  readonly jobs: readonly Field[];
}

/** Tells a job group, a pipeline with a header and plain jobs apart, and reads what the header says. */
export function readHeader(documents: readonly Field[]): Header {
  const [first, ...others] = documents;
  if (first && others.length > 0 && first.get('execution')?.string === 'parallel') {
    return { dag: readGroup(first, others), jobs: others };
  }
  const serial = { execution: 'serial', job_group: false, primary_tasks: null } as const;
  if (!first || !isPipelineHeader(first)) {
    const name = documents.length === 1 ? (first?.get('name')?.string ?? null) : null;
    return { dag: { name, ...serial }, jobs: documents };
  }
  const execution = first.get('execution');
  if (execution && execution.string !== 'serial') {
    execution.error('Expected serial, or parallel for a job group of several documents');
  }
  const dag = { name: first.get('name')?.text ?? null, ...serial };
  // A header alone is a job that does nothing.
  if (others.length > 0) return { dag, jobs: others };
  const alone = first.tree.kind === 'map' ? first.tree.entries.filter(({ name }) => name === 'name') : [];
  return { dag, jobs: [first.with({ ...first.tree, kind: 'map', entries: alone })] };
}

function isPipelineHeader(field: Field): boolean {
  const names = field.fields().map(([name]) => name);
  return names.includes('name') && names.every((name) => name === 'name' || name === 'execution');
}

function readGroup(header: Field, jobs: readonly Field[]): Dag {
  const name = header.given('name');
  if (!name) header.get('execution')?.error('A job group needs a name. Add name');
  else if (!name.string || !safeName.test(name.string))
    name.error('The name of a job group has letters, digits, - and _ only');
  for (const [other, field] of header.fields()) {
    if (!groupFields.includes(other))
      field.warn(`Unknown field "${other}" in the header of a job group. It has no effect`);
  }
  const names = readNames(jobs);
  const connection = header.get('inter_connection');
  if (connection && connection.bool === undefined) connection.error('Expected true or false');
  const termination = header.get('termination_delay');
  if (termination) checkDelay(termination, names);
  return {
    name: name?.string ?? null,
    execution: 'parallel',
    job_group: true,
    primary_tasks: readPrimary(header.get('primary_tasks'), names),
  };
}

function readNames(jobs: readonly Field[]): readonly string[] {
  const names: string[] = [];
  for (const job of jobs) {
    if (job.kind !== 'map') continue;
    const name = job.get('name');
    if (!name) job.error('Each job of a group needs a name. Add name');
    else if (name.string === undefined || !safeName.test(name.string)) {
      name.error('The name of a job in a group has letters, digits, - and _ only');
    } else if (names.includes(name.string)) name.error(`Two jobs have the name ${name.string}. Rename one`);
    else names.push(name.string);
  }
  return names;
}

function readPrimary(field: Field | undefined, names: readonly string[]): readonly string[] | null {
  if (!field) return null;
  if (field.kind !== 'list') return field.error('Expected a list of names of jobs');
  for (const item of field.items()) {
    if (item.string === undefined || !names.includes(item.string))
      item.error(`There is no job with this name: ${item.text}`);
  }
  const primary = field.items().map(({ text }) => text);
  return primary.length > 0 ? primary : null;
}

function checkDelay(field: Field, names: readonly string[]): void {
  const delays = field.kind === 'map' ? field.fields() : [['default', field] as const];
  for (const [name, value] of delays) {
    const scalar = value.string ?? (value.int === undefined ? undefined : value.text);
    if (scalar === undefined || !delay.test(scalar)) value.error('Expected a duration such as 30s, 5m or 1h');
    if (name !== 'default' && !names.includes(name)) value.error(`There is no job with this name: ${name}`);
  }
  if (field.kind === 'map') return;
  if (field.kind === 'list' || isNull(field.tree)) field.error('Expected a duration, or durations by job');
}
