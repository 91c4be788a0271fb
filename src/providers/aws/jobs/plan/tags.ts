import type { Tag } from '@aws-sdk/client-sagemaker';
import type { Candidate, JobSpec } from '../../../../core/jobSpec/jobSpec';

/** How a job was made, for a later version that makes it another way. */
const madeAs = '1';

/** AWS takes 50 for each thing, and two are ours. */
const mostOwn = 48;

/** A job's own tags: labels of its machine and `trainyard.aws.tags`, which win; and what tells that the job is ours. */
export function tagsOf(id: string, spec: JobSpec, candidate: Pick<Candidate, 'labels'>): Tag[] {
  const own = { ...candidate.labels, ...spec.trainyard?.aws?.tags };
  const all = { ...own, 'trainyard:job': id, 'trainyard:version': madeAs };
  return Object.entries(all).map(([Key, Value]) => ({ Key, Value }));
}

/** Why AWS would refuse the job because of its tags, each with its place in the file. */
export function tagProblems(
  spec: JobSpec,
  candidate: Pick<Candidate, 'labels'>,
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  const labels = Object.entries(candidate.labels ?? {});
  const tags = Object.entries(spec.trainyard?.aws?.tags ?? {});
  const at =
    (path: readonly string[]) =>
    ([key, value]: readonly [string, string]) => {
      const message = tagProblem(key, value);
      return message === undefined ? [] : [{ path: [...path, key], message }];
    };
  const count = new Set([...labels, ...tags].map(([key]) => key)).size;
  return [
    ...labels.flatMap(at(['resources', 'labels'])),
    ...tags.flatMap(at(['trainyard', 'aws', 'tags'])),
    ...(count > mostOwn
      ? [
          {
            path: labels.length > mostOwn ? ['resources', 'labels'] : ['trainyard', 'aws', 'tags'],
            message: `AWS takes ${mostOwn} tags besides ours, and these are ${count}: the job would be refused.`,
          },
        ]
      : []),
  ];
}

/** https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html and the pattern of SageMaker’s Tag. */
function tagProblem(key: string, value: string): string | undefined {
  if (/^aws:/i.test(key)) return 'Tags that begin with aws: are AWS’s own: the job would be refused.';
  if (/^trainyard:/i.test(key)) return 'Tags that begin with trainyard: are Trainyard’s own. Rename it.';
  if (key === '' || key.length > 128)
    return 'A tag’s name has 1 to 128 characters: the job would be refused.';
  if (value.length > 256) return 'A tag’s value has at most 256 characters: the job would be refused.';
  const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
  return allowed.test(key) && allowed.test(value)
    ? undefined
    : 'A tag has letters, digits, spaces and _ . : / = + - @ only: the job would be refused.';
}
