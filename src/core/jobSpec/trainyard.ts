import type { Field } from './field';
import { checkSchema } from './schemaCheck';
import { trainyardSection, type TrainyardSection } from './trainyardSection';

/** Trainyard's own section of a job in canonical form; `null` without one, or after an error. */
export function readTrainyard(job: Field): TrainyardSection | null {
  const field = job.get('trainyard');
  if (!field || !checkSchema(trainyardSection, field)) return null;
  return trainyardSection.parse(field.plain);
}
