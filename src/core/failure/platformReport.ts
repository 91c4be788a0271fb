import { platformRules, type Asked } from './platformRules';

/** What a platform's text about the end of a job tells. The text may quote the job, so it is untrusted. */
export interface PlatformReport {
  /** The platform itself is the cause; absent where the job's own code failed, or nothing is known. */
  readonly cause?: { readonly reason: string; readonly hints: readonly string[] };
  readonly code?: number;
  readonly signal?: string;
  /** Rank of the node that it names. */
  readonly node?: number;
  /** It says that memory ran out. */
  readonly outOfMemory: boolean;
  /** What it says, out of its JSON and labels: often the end of the log, with a traceback. */
  readonly quoted: readonly string[];
  /** The line of that which tells most. */
  readonly said: string;
}

const longestText = 20_000;

/** Reads `text`, such as SageMaker's `FailureReason`, Azure ML's error or Vertex' `error.message`. */
export function platformReport(text: string, asked: Asked): PlatformReport {
  const words = unwrapped(text.slice(0, longestText).trim(), 0).join('\n') || text.slice(0, longestText);
  const code = firstNumber(words, codePatterns);
  const signal = /\b(SIG(?:KILL|TERM|SEGV|ABRT|BUS|ILL|INT|FPE))\b/.exec(words)?.[1];
  const cause = ownCode.test(words) && !taken.test(words) ? undefined : causeOf(words, asked);
  const node = nodeOf(words);
  const inner = quotation(words);
  const quoted = (inner ?? words).split(/\r?\n|\\n/);
  const telling = quoted.filter((line) => line.trim() !== '');
  return {
    ...(cause && { cause }),
    ...(signal === undefined && code !== undefined && { code }),
    ...(signal !== undefined && { signal }),
    ...(node !== undefined && { node }),
    outOfMemory: /\bout[- ]of[- ]memory|\bOOM|low on memory|instance type with more memory/i.test(words),
    quoted,
    said: (inner === undefined ? telling[0] : telling.at(-1)) ?? text,
  };
}

/** The job's own program ran and ended badly: what it said then is its own, such as `AccessDenied` of another service. */
const ownCode =
  /AlgorithmError|non-zero (?:status|exit code)|\bexit(?:ed)?(?: with)?(?: exit)?(?: status)?(?: ?code)?:? ?\d|Execution failed|User program failed/i;
/** Whatever the program said while it ended, its machine was taken away. */
const taken = /\bpreempted\b|spot instance.{0,40}(?:interrupt|terminat)/i;

const codePatterns = [
  /non-zero (?:status|exit code) of (\d{1,3})/i,
  /\bexited with (?:exit )?(?:status )?(?:code )?(\d{1,3})\b/i,
  /\bexit ?code:? (\d{1,3})\b/i,
];

function firstNumber(text: string, patterns: readonly RegExp[]): number | undefined {
  const found = patterns.map((pattern) => pattern.exec(text)?.[1]).find((word) => word !== undefined);
  return found === undefined ? undefined : Number(found);
}

function causeOf(text: string, asked: Asked): PlatformReport['cause'] {
  for (const { pattern, reason, hints } of platformRules) {
    const found = pattern.exec(text);
    if (found) return { reason: reason(found.slice(1)), hints: hints(found.slice(1), asked) };
  }
  return undefined;
}

/** Vertex' `workerpool1-0` is the second machine: pool 0 has one. SageMaker's `algo-2` is the second, too. */
function nodeOf(text: string): number | undefined {
  const vertex = /\breplica workerpool([01])-(\d{1,5})\b/.exec(text);
  if (vertex) return Number(vertex[1]) + Number(vertex[2]);
  const sagemaker = /\balgo-(\d{1,5})\b/.exec(text);
  return sagemaker ? Number(sagemaker[1]) - 1 : undefined;
}

/** Out of what the platform put around the program's own words. */
function quotation(text: string): string | undefined {
  const label = /ErrorMessage "|error message '|Termination log message: ?|(?:^|\s)Error: (?=Traceback)/.exec(
    text,
  );
  if (!label) return undefined;
  const inner = text.slice(label.index + label[0].length);
  if (label[0].endsWith('"')) return inner.replace(/"\s*Command "[^]*$/, '').replace(/"\s*$/, '');
  return label[0].endsWith("'") ? inner.replace(/'\s*$/, '') : inner;
}

/** The words in a JSON error, however deep, innermost message last; the text itself where it is no JSON. */
function unwrapped(text: string, depth: number): string[] {
  if (!/^[{[]/.test(text)) return text === '' ? [] : [text];
  try {
    return wordsIn(JSON.parse(text), depth);
  } catch {
    return [text];
  }
}

function wordsIn(value: unknown, depth: number): string[] {
  if (depth > 6) return [];
  if (typeof value === 'string') return unwrapped(value.trim(), depth + 1);
  if (Array.isArray(value)) return value.flatMap((item) => wordsIn(item, depth + 1));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .filter(([key, item]) => typeof item === 'object' || tellingKeys.test(key))
    .flatMap(([, item]) => wordsIn(item, depth + 1));
}

const tellingKeys = /^(?:code|message|NonCompliant\w*|error|reason|details)$/i;
