import { Field } from './field';
import type { JobSpec } from './jobSpec';
import { Report } from './report';
import { readYamlDocuments } from './yamlDocuments';
import { isNull, type Span } from './yamlTree';

const mask = '***';
/** Reads as text in any place of a YAML file, as SkyPilot writes it. */
const blanked = '<redacted>';
/** A shorter value is no secret worth the name, and blanking every place that has it would leave no script readable. */
const shortest = 4;

/**
 * A job file without the values of its secrets: those of its `secrets` sections, and every other place where such a
 * value, or one of `values`, stands. Keys, comments and the number of lines stay. A text that is not valid YAML can
 * not be searched for them and comes back empty.
 */
export function redactJobFile(text: string, values: Iterable<string> = []): string {
  const report = new Report(text);
  const { trees } = readYamlDocuments(text, report);
  if (report.errors > 0) return '';
  const secrets = trees.flatMap((tree) => new Field(tree, [], report).get('secrets')?.fields() ?? []);
  const inline = secrets.filter(([, value]) => !isNull(value.tree));
  const redacted = blank(
    text,
    inline.map(([, value]) => value.tree),
  );
  return maskValues(redacted, [...values, ...inline.map(([, value]) => value.text)]);
}

/** A spec in which values of secrets that SkyPilot substitutes are masked, for storage and display. */
export function redactSpec(spec: JobSpec, secrets: ReadonlyMap<string, string>): JobSpec {
  const values = [...secrets.values()];
  const masked = <T>(value: T): T => maskDeep(value, values) as T;
  return {
    ...spec,
    workdir: masked(spec.workdir),
    file_mounts: masked(spec.file_mounts),
    volumes: masked(spec.volumes),
  };
}

function blank(text: string, spans: readonly Span[]): string {
  let result = '';
  let at = 0;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    if (start < at) continue;
    // A value of several lines leaves as many behind.
    const lineEnds = text.slice(start, end).match(/\r\n|\n|\r/g) ?? [];
    result += `${text.slice(at, start)}"${blanked}"${lineEnds.join('')}`;
    at = end;
  }
  return result + text.slice(at);
}

function maskValues(text: string, values: readonly string[]): string {
  let masked = text;
  // Longest first, so that a value inside another does not leave the rest of it.
  for (const value of [...new Set(values)].sort((a, b) => b.length - a.length)) {
    for (const spelling of [value, JSON.stringify(value).slice(1, -1), value.replaceAll("'", "''")]) {
      if (value.trim().length >= shortest) masked = masked.replaceAll(spelling, linesOf(spelling));
    }
  }
  return masked;
}

function linesOf(value: string): string {
  return blanked + (value.match(/\r\n|\n|\r/g) ?? []).join('');
}

function maskDeep(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return maskAny(value, secrets);
  if (Array.isArray(value)) return value.map((item) => maskDeep(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [maskAny(name, secrets), maskDeep(item, secrets)]),
  );
}

function maskAny(text: string, secrets: readonly string[]): string {
  return [...secrets]
    .sort((a, b) => b.length - a.length)
    .reduce((masked, secret) => (secret === '' ? masked : masked.replaceAll(secret, mask)), text);
}
