import type { Filter, SearchExpression, SearchRequest } from '@aws-sdk/client-sagemaker';
import { AwsRefusal } from '../wire/wireRequest';
import { cut } from './jobList';
import type { JobRecord } from './jobRecord';

type Properties = Readonly<Record<string, unknown>>;

/** `Search` for training jobs. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html */
export function searchJobs(
  all: readonly JobRecord[],
  {
    SearchExpression,
    SortBy = 'LastModifiedTime',
    SortOrder = 'Descending',
    NextToken,
    MaxResults = 10,
  }: SearchRequest,
  properties: (job: JobRecord) => object,
): object {
  const found = all
    .map((job) => ({ job, properties: properties(job) as Properties }))
    .filter((one) => SearchExpression === undefined || holds(SearchExpression, one.properties))
    .map((one) => ({ ...one, key: `${sortable(valueOf(one.properties, SortBy))} ${one.job.name}` }))
    .sort((one, other) => (one.key < other.key ? -1 : 1));
  if (SortOrder === 'Descending') found.reverse();
  const { page, token } = cut(found, NextToken, MaxResults);
  return {
    Results: page.map((one) => ({ TrainingJob: one.properties })),
    NextToken: token,
    TotalHits: { Value: found.length, Relation: 'EqualTo' },
  };
}

function holds(
  { Filters = [], SubExpressions = [], Operator = 'And' }: SearchExpression,
  job: Properties,
): boolean {
  const parts = [
    ...Filters.map((filter) => passes(filter, job)),
    ...SubExpressions.map((expression) => holds(expression, job)),
  ];
  return Operator === 'Or' ? parts.some(Boolean) : parts.every(Boolean);
}

function passes({ Name = '', Operator = 'Equals', Value = '' }: Filter, job: Properties): boolean {
  const value = valueOf(job, Name);
  const there = value !== undefined;
  const text = String(value);
  // Times come as ISO 8601 and are kept as seconds.
  const wanted =
    typeof value === 'number' && Number.isNaN(Number(Value)) ? Date.parse(Value) / 1000 : Number(Value);
  switch (Operator) {
    case 'Exists':
      return there;
    case 'NotExists':
      return !there;
    case 'Equals':
      return there && (typeof value === 'number' ? value === wanted : text === Value);
    case 'NotEquals':
      return !there || text !== Value;
    case 'Contains':
      return there && text.includes(Value);
    case 'In':
      return there && Value.split(',').includes(text);
    case 'GreaterThan':
      return there && Number(value) > wanted;
    case 'GreaterThanOrEqualTo':
      return there && Number(value) >= wanted;
    case 'LessThan':
      return there && Number(value) < wanted;
    case 'LessThanOrEqualTo':
      return there && Number(value) <= wanted;
    default:
      throw new AwsRefusal('ValidationException', `Unknown operator: ${String(Operator)}`);
  }
}

/** Of a name such as `ResourceConfig.InstanceType`, or of the tag `Tags.<key>`. */
function valueOf(job: Properties, name: string): unknown {
  if (name.startsWith('Tags.')) {
    const tags = job.Tags as readonly { Key: string; Value: string }[];
    return tags.find(({ Key }) => Key === name.slice('Tags.'.length))?.Value;
  }
  return name.split('.').reduce<unknown>((value, part) => (value as Properties | undefined)?.[part], job);
}

function sortable(value: unknown): string {
  return typeof value === 'number' ? value.toFixed(6).padStart(20) : JSON.stringify(value ?? '');
}
