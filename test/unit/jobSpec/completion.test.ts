import { describe, expect, it } from 'vitest';
import { completeAt } from '../../../src/core/jobSpec/completion';
import { hoverAt } from '../../../src/core/jobSpec/hover';

/** `§` is the cursor. */
function complete(marked: string) {
  const offset = marked.indexOf('§');
  const text = marked.replace('§', '');
  const found = completeAt(text, offset);
  const [first] = found;
  return {
    labels: found.map(({ label }) => label),
    found,
    replaced: first && text.slice(first.replace.start, first.replace.end),
  };
}

describe('completion', () => {
  it.each([
    ['§', 'run', ''],
    ['na§', 'name', 'na'],
    ['name: x\nwork§dir', 'workdir', 'workdir'],
    ['name: x\n---\nru§', 'run', 'ru'],
    ['resources:\n  §', 'accelerators', ''],
    ['resources:\n  acc§\nrun: x', 'accelerators', 'acc'],
    ['resources: {cpus: 2, cl§', 'cloud', 'cl'],
    ['resources:\n  any_of:\n    - §', 'infra', ''],
    ['resources:\n  any_of:\n  - cloud: aws\n    §', 'region', ''],
    ['resources:\n  any_of:\n    - cloud: aws\n    - acc§', 'accelerators', 'acc'],
    ['resources:\n  autostop:\n    §', 'idle_minutes', ''],
    ['file_mounts:\n  /data:\n    §', 'source', ''],
    ['service:\n  replica_policy:\n    min_replicas: 1\n    §', 'max_replicas', ''],
    ['config:\n  hooks:\n    - run: x\n      §', 'events', ''],
    ['trainyard:\n  §', 'guardrails', ''],
    ['trainyard:\n  guardrails:\n    idle_gpu: { §', 'below', ''],
    ['trainyard:\n  metrics:\n    - name: loss\n      §', 'regex', ''],
    ['trainyard:\n  aws:\n    §', 'role', ''],
    ['run: |\n  echo resources:\n§', 'name', ''],
    ['resources:\n  accelerators: §', 'A100:8', ''],
    ['resources:\n  accelerators: A1§0\n', 'A100', 'A10'],
    ['resources:\n  infra: a§', 'aws', 'a'],
    ['resources:\n  infra: §', 'local', ''],
    ['resources:\n  use_spot: §\nrun: x', 'true', ''],
    ['resources:\n  disk_tier: §', 'best', ''],
    ['file_mounts:\n  /data:\n    mode: §', 'MOUNT', ''],
    ['trainyard:\n  retry:\n    on: [spot_interruption, §', 'node_failure', ''],
    ['trainyard:\n  retry:\n    on:\n      - §', 'node_failure', ''],
    ['trainyard:\n  guardrails: { max_duration: §', '2h', ''],
    ['num_nodes: §', '1', ''],
  ])('at %j offers %s', (marked, label, replaced) => {
    const result = complete(marked);
    expect(result.labels).toContain(label);
    expect(result.replaced).toBe(replaced);
  });

  it.each([
    'run: |\n  echo §',
    'setup: >-\n  a\n\n  b§',
    'name: x # §',
    '# §',
    'envs:\n  §',
    'labels: x\nresources:\n  labels:\n    §',
  ])('offers nothing at %j', (marked) => {
    expect(complete(marked).labels).toEqual([]);
  });

  it('leaves out what the mapping has already, before and behind the cursor', () => {
    const { labels } = complete('name: x\n§\nrun: y\n');
    expect(labels).not.toContain('name');
    expect(labels).not.toContain('run');
    expect(complete('resources:\n  any_of:\n    - cloud: aws\n    - §').labels).toContain('cloud');
    expect(complete('resources: {cloud: aws, §').labels).not.toContain('cloud');
  });

  it('opens scripts, mappings and lists as they are written', () => {
    const text = (marked: string, label: string) =>
      complete(marked).found.find((item) => item.label === label)?.insertText;
    expect(text('§', 'run')).toBe('run: |\n  $0');
    expect(text('§', 'resources')).toBe('resources:\n  $0');
    expect(text('trainyard:\n  §', 'metrics')).toBe('metrics:\n  - $0');
    expect(text('resources:\n  any_of:\n    - §', 'labels')).toBe('labels:\n    $0');
    expect(text('resources:\n  any_of:\n    §', 'infra')).toBe('- infra: $0');
    expect(text('resources: {§', 'labels')).toBe('labels: $0');
  });

  it('never throws, wherever the cursor stands', () => {
    const text =
      'name: x\nresources: {any_of: [{cloud: aws}, {infra: "gcp"}]}\ntrainyard:\n  metrics:\n  - {name: a, regex: "("}\nrun: |\n  x\n';
    for (let offset = 0; offset <= text.length; offset++) {
      for (const half of [text, text.slice(0, offset)]) {
        for (const { replace } of completeAt(half, offset)) {
          expect(replace.start).toBeLessThanOrEqual(offset);
          expect(replace.end).toBeGreaterThanOrEqual(offset);
          expect(replace.end).toBeLessThanOrEqual(half.length);
        }
        hoverAt(half, offset);
      }
    }
  });
});

describe('hover', () => {
  function hover(marked: string) {
    const offset = marked.indexOf('§');
    const text = marked.replace('§', '');
    const found = hoverAt(text, offset);
    return found && { markdown: found.markdown, over: text.slice(found.start, found.end) };
  }

  it('tells what a field is, its default and examples', () => {
    expect(hover('resources:\n  use_§spot: true\n')).toMatchObject({ over: 'use_spot' });
    expect(hover('resources:\n  use_§spot: true\n')?.markdown).toMatch(
      /\*\*use_spot\*\* \(true or false\)[^]*Default: `false`/,
    );
    expect(hover('resources: {cpus: §4}\n')).toMatchObject({ over: '4' });
    expect(hover('a: 1\n---\ntrainyard: {guardrails: {max_§cost: 5}}\n')?.markdown).toContain('in USD');
  });

  it('works while the text is not finished', () => {
    expect(hover('trainyard: {guardrails: {idle_gpu: {be§low: 5')).toMatchObject({ over: 'below' });
  });

  it('keeps out of scripts and of what it does not know', () => {
    expect(hover('run: |\n  ec§ho\n')).toBeUndefined();
    expect(hover('envs: {A§B: 1}\n')).toBeUndefined();
    expect(hover('nope§: 1\n')).toBeUndefined();
  });
});

describe('what the person’s own connections know', () => {
  const own = {
    infra: ['local', 'ssh/gpu-1', 'aws/us-east-1@work'].map((value) => ({ value, words: 'your connection' })),
    instance_type: [{ value: 'ml.g5.xlarge', words: '1×A10G' }],
  };
  const labels = (text: string) => completeAt(text, text.length, own).map(({ label }) => label);

  it('comes before what else a field may be, once', () => {
    expect(labels('resources:\n  infra: ').slice(0, 4)).toEqual([
      'local',
      'ssh/gpu-1',
      'aws/us-east-1@work',
      'aws',
    ]);
    expect(labels('resources:\n  infra: ').filter((label) => label === 'local')).toHaveLength(1);
    const type = 'resources:\n  any_of:\n    - instance_type: ml';
    const [first] = completeAt(type, type.length, own);
    expect(first).toMatchObject({ label: 'ml.g5.xlarge', detail: '1×A10G' });
    expect(type.slice(first?.replace.start, first?.replace.end)).toBe('ml');
  });

  it('is offered in no other field', () => {
    expect(labels('resources:\n  cpus: ')).not.toContain('ssh/gpu-1');
    expect(labels('name: ')).not.toContain('ml.g5.xlarge');
  });
});
