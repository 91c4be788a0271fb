import { askedAccelerators, type Asked } from './accelerators';
import { type CandidateFields, readCandidate, type Surroundings } from './candidate';
import { Field } from './field';
import type { Candidate, Resources } from './jobSpec';
import { resourcesSchema } from './resourcesSchema';
import { checkSchema } from './schemaCheck';
import { spanAt } from './yamlTree';

/** Far more than anyone means, and few enough to compare. */
const maxCandidates = 1000;

/** All machines that would do; errors are reported, and the result is then not to be used. */
export function readResources(field: Field, around: Omit<Surroundings, 'labels'>): Resources {
  const nothing: Resources = { mode: 'single', candidates: [] };
  if (field.given('hooks')) {
    field.given('hooks')?.error('Hooks belong to the job, not to its resources. Move them to config.hooks');
    return nothing;
  }
  if (!checkSchema(resourcesSchema, field)) return nothing;
  const base = fieldsOf(field);
  const anyOf = field.get('any_of');
  const ordered = field.get('ordered');
  if (anyOf && ordered) {
    spanOfKey(field, 'ordered').error('any_of and ordered can not both be given. Remove one');
    return nothing;
  }
  const choices = (anyOf ?? ordered)?.items() ?? [];
  const common = asked(base);
  if (!common) return nothing;
  const commonList = base.get('accelerators')?.kind === 'list';
  if (common.length > 1 && choices.length > 0 && (ordered ?? commonList)) {
    base
      .get('accelerators')
      ?.error(
        ordered
          ? 'Several accelerators can not be combined with ordered. Name the accelerator in each choice'
          : 'A list of accelerators, which has an order, can not be combined with any_of. Use a map or name them in each choice',
      );
    return nothing;
  }
  if (
    choices.filter((choice) => !choice.given('volumes')).length > 1 &&
    base.get('volumes')?.items().length
  ) {
    (base.get('volumes') ?? field).error(
      'SkyPilot can not attach the same volumes to several choices. Name the volumes in each choice',
    );
    return nothing;
  }
  if (common.length * choices.length > maxCandidates) {
    field.error(`More than ${maxCandidates} choices. Name fewer accelerators or fewer choices`);
    return nothing;
  }
  const labels = mergedLabels(base.get('labels'), choices);
  const candidates =
    choices.length === 0
      ? candidatesOf(base, { ...around, labels: labels(undefined) })
      : choices.flatMap((choice) =>
          candidatesOf(new Map([...base, ...fieldsOf(choice)]), { ...around, labels: labels(choice) }),
        );
  checkPriority(field, candidates);
  if (candidates.length <= 1) return { mode: 'single', candidates };
  return ordered || (choices.length === 0 && commonList)
    ? { mode: 'ordered', candidates }
    : { mode: 'any_of', candidates: sorted(candidates) };
}

/** The fields by their one name: `gpus` is `accelerators`. */
function fieldsOf(field: Field): CandidateFields {
  const gpus = field.given('gpus');
  if (gpus && field.given('accelerators'))
    gpus.error('accelerators is given too, which means the same. Remove one');
  return new Map(
    field
      .fields()
      .filter(([name]) => name !== 'any_of' && name !== 'ordered')
      .map(([name, value]) => [name === 'gpus' ? 'accelerators' : name, value]),
  );
}

function asked(fields: CandidateFields): readonly Asked[] | null {
  const accelerators = fields.get('accelerators');
  return accelerators && !accelerators.isNull ? askedAccelerators(accelerators) : [];
}

function candidatesOf(fields: CandidateFields, around: Surroundings): readonly Candidate[] {
  const accelerators = asked(fields);
  if (!accelerators) return [];
  if (accelerators.length === 0) {
    const empty = fields.get('accelerators');
    if (empty && !empty.isNull)
      empty.error('No accelerator is named. Name one such as A100:8, or remove the field');
    return [readCandidate(fields, undefined, around)];
  }
  return accelerators.map((one) => readCandidate(fields, one, around));
}

/**
 * Labels of a choice come on top of the common ones. Where there are common ones, SkyPilot 0.14.1 adds the labels of
 * all choices to all candidates.
 */
function mergedLabels(common: Field | undefined, choices: readonly Field[]) {
  const own = (field: Field | undefined) =>
    Object.fromEntries((field?.fields() ?? []).map(([name, value]) => [name, value.text]));
  if (!common || common.isNull) {
    return (choice: Field | undefined) => (choice?.get('labels') ? own(choice.get('labels')) : null);
  }
  const all = Object.assign(own(common), ...choices.map((choice) => own(choice.get('labels')))) as Record<
    string,
    string
  >;
  return () => all;
}

function checkPriority(field: Field, candidates: readonly Candidate[]): void {
  const priorities = new Set(
    candidates.map(({ priority }) => priority).filter((priority) => priority !== null),
  );
  if (priorities.size > 1) field.error('All choices must have the same priority');
}

function spanOfKey(field: Field, name: string): Field {
  const value = field.given(name) ?? field;
  return new Field(value.tree, value.path, field.report, spanAt(field.tree, [name], true));
}

function sorted(candidates: readonly Candidate[]): readonly Candidate[] {
  const texts = new Map(candidates.map((candidate) => [candidate, sortText(candidate)]));
  return [...candidates].sort((a, b) => compare(texts.get(a) ?? '', texts.get(b) ?? ''));
}

/** JSON with sorted keys and Python's spaces, which is the order of candidates that have none of their own. */
function sortText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return asciiJson(value);
  const entries = Object.entries(value).sort(([a], [b]) => compare(a, b));
  return `{${entries.map(([name, item]) => `${asciiJson(name)}: ${sortText(item)}`).join(', ')}}`;
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (char) => '\\u' + char.charCodeAt(0).toString(16).padStart(4, '0'),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
