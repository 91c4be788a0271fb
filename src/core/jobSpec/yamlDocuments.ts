import { type Document, Lexer, parseAllDocuments, type YAMLError, type YAMLWarning } from 'yaml';
import type { Report } from './report';
import type { Tree } from './yamlTree';
import { maxDepth, YamlTreeBuilder } from './yamlTreeBuilder';

/** Characters. The parser takes seconds for the worst text of this length; the longest honest job file has a tenth. */
/** Characters of a job file; no honest one comes near. */
export const longestJobFile = 262_144;
const tooDeep = `Nested too deeply: a job file may have ${maxDepth} levels`;
// What PyYAML's reader refuses anywhere in a file.
const unprintable = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** A mistake in the YAML that SkyPilot overlooks in some files: told with its place, judged by the caller. */
export interface DuplicateKey {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly firstLine: number;
}

export interface YamlDocuments {
  /** One tree per document; an empty document is null. Complete only where `report` got no error. */
  readonly trees: readonly Tree[];
  readonly duplicates: readonly DuplicateKey[];
}

/** Reads all documents of a text as PyYAML's safe loader would, within limits that no honest job file comes near. */
export function readYamlDocuments(text: string, report: Report): YamlDocuments {
  if (text.length > longestJobFile) {
    report.add(
      'error',
      { start: 0, end: 0 },
      [],
      `The file is too long (${Math.ceil(text.length / 1024)} KB): a job file may have 256 KB. Move scripts into files of their own`,
    );
    return { trees: [], duplicates: [] };
  }
  const bad = unprintable.exec(text);
  if (bad) {
    const code = (bad[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const span = { start: bad.index, end: bad.index + bad[0].length };
    report.add('error', span, [], `A job file can't contain the character U+${code}. Remove it`);
    return { trees: [], duplicates: [] };
  }
  if (isTooDeep(text)) {
    report.add('error', { start: 0, end: 0 }, [], tooDeep);
    return { trees: [], duplicates: [] };
  }
  const documents = parse(text, report);
  const builder = new YamlTreeBuilder(report, text);
  const trees: Tree[] = [];
  for (const document of documents) {
    for (const error of document.errors) addError(report, error);
    for (const warning of document.warnings) {
      if (warning.message.startsWith('Unsupported YAML version')) addError(report, warning);
    }
    trees.push(builder.build(document));
  }
  return { trees, duplicates: builder.duplicates };
}

function parse(text: string, report: Report): readonly Document.Parsed[] {
  try {
    // A lone carriage return and U+0085 end a line in YAML 1.1; the offsets stay as they are.
    const documents = parseAllDocuments(text.replace(/\r(?!\n)|\x85/g, '\n'), {
      schema: 'failsafe',
      version: '1.1',
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    });
    return Array.isArray(documents) ? documents : [];
  } catch (error) {
    // The parser works by recursion and has no limit of its own.
    if (!(error instanceof RangeError)) throw error;
    report.add('error', { start: 0, end: 0 }, [], tooDeep);
    return [];
  }
}

/** Brackets in brackets cost the parser most, so they are counted before it begins. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let scalar = false;
  for (const token of new Lexer().lex(text)) {
    if (!scalar && (token === '[' || token === '{')) depth += 1;
    else if (!scalar && (token === ']' || token === '}')) depth -= 1;
    if (depth > maxDepth) return true;
    scalar = token === '\x1f';
  }
  return false;
}

function addError(report: Report, error: YAMLError | YAMLWarning): void {
  if (error.code === 'TAG_RESOLVE_FAILED') return;
  const [start, end] = error.pos;
  report.add('error', { start, end }, [], `Not valid YAML: ${sentence(error.message)}`);
}

function sentence(message: string): string {
  return message.replace(/\.$/, '').replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}
