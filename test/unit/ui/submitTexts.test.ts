import { describe, expect, it } from 'vitest';
import type { Offer } from '../../../src/core/provider';
import { confirmText } from '../../../src/ui/submit/confirmText';
import { missingEnvs } from '../../../src/ui/submit/missingEnvs';
import { lensTitle, placeText, sizeText } from '../../../src/ui/submit/offerText';
import { readJobFile } from '../../../src/core/jobSpec/jobFile';
import { analyse } from '../../../src/ui/language/analysis';
import { aSpec } from '../../fakes/trainingJob';

const offer = (changed: Partial<Offer> = {}): Offer => ({
  connection: 'local',
  region: null,
  instanceType: null,
  nodes: 2,
  accelerators: null,
  spot: false,
  hourlyUsd: 0,
  pricesAsOf: null,
  possible: true,
  why: '',
  ...changed,
});
const cloud = offer({
  connection: 'aws/us-east-1',
  region: 'us-east-1',
  instanceType: 'p4d.24xlarge',
  accelerators: 'A100:8',
  spot: true,
  hourlyUsd: 21.96,
  pricesAsOf: '2026-11-01',
});

describe('an offer', () => {
  it('says where, and the region once', () => {
    expect(placeText(offer())).toBe('local');
    expect(placeText(cloud)).toBe('aws/us-east-1 · p4d.24xlarge');
    expect(placeText({ ...cloud, connection: 'aws' })).toBe('aws · us-east-1 · p4d.24xlarge');
  });

  it('says how large and for how much', () => {
    expect(sizeText(offer())).toBe('2 nodes · $0.00/h');
    expect(sizeText(cloud)).toBe('2 nodes · A100:8 each · at most $21.96/h (spot) · prices of 2026-11-01');
    expect(sizeText(offer({ hourlyUsd: null, nodes: 1 }))).toBe('1 node · price unknown');
  });
});

describe('the Submit lens', () => {
  it('names the only place with its price', () => {
    expect(lensTitle([offer(), offer({ connection: 'ssh/a', possible: false })])).toBe(
      '▶\ufe0e Submit to local · 2 nodes · $0.00/h',
    );
  });

  it('counts the places where there is a choice', () => {
    expect(lensTitle([offer(), cloud])).toBe('▶\ufe0e Submit… · 2 places from $0.00/h');
  });

  it('promises nothing while no place is known', () => {
    expect(lensTitle([])).toBe('▶\ufe0e Submit…');
  });
});

describe('the Submit lens of a job that nothing can run', () => {
  it('says so; a click says why', () => {
    expect(lensTitle([offer({ possible: false })])).toBe('Nothing can run this job now…');
  });
});

describe('the question before a job starts', () => {
  const ask = (changed: Partial<Parameters<typeof confirmText>[0]> = {}) =>
    confirmText({
      spec: aSpec({ workdir: '.' }),
      offer: offer(),
      folder: 'samples/digits',
      upload: { files: 12, bytes: 34_000 },
      unsupported: [],
      ...changed,
    });
  const guarded = aSpec({
    trainyard: { guardrails: { max_duration: 7200, idle_gpu: { below: 5, for: 1800 } } },
  });

  it('says what, where, how large, what is copied and that nothing stops it', () => {
    expect(ask()).toEqual({
      message: 'Submit digits to local?',
      detail: [
        '2 nodes · $0.00/h',
        'It costs nothing.',
        'Copies 12 files, 34 kB, from samples/digits.',
        'No guardrail stops it: it runs until it ends or you stop it.',
      ].join('\n'),
    });
  });

  it('says the worst case where the job limits itself, and which nets hold', () => {
    const { detail } = ask({ spec: guarded, offer: cloud, upload: undefined });
    expect(detail).toContain('At worst $43.92, after 2 h.');
    expect(detail).toContain(
      'Stops itself after 2 h, or when its GPUs are below 5 % for 30 m, also with the editor closed.',
    );
    expect(detail).toContain('Nothing is copied.');
  });

  it('says so where there is no worst case', () => {
    expect(ask({ offer: cloud }).detail).toContain(
      'No time limit: it costs $21.96 for each hour until it ends.',
    );
    expect(ask({ offer: offer({ hourlyUsd: null }) }).detail).toContain('Its price is not known.');
  });

  it('names secrets, never their values, and each field that is not honoured', () => {
    const { detail } = ask({
      spec: aSpec({ secrets: ['HF_TOKEN'] }),
      unsupported: [{ path: ['resources', 'use_spot'], message: 'use_spot has no effect here.' }],
    });
    expect(detail).toContain('Secrets: HF_TOKEN.');
    expect(detail).toContain('⚠ use_spot has no effect here.');
  });
});

describe('variables that a file leaves open', () => {
  const text = 'envs:\n  EPOCHS:\n  LR: 0.1\nrun: echo $EPOCHS\n';

  it('are told from errors', () => {
    expect(missingEnvs(text, readJobFile(text).problems).map(({ name }) => name)).toEqual(['EPOCHS']);
    expect(missingEnvs('run: echo\n', [])).toEqual([]);
  });

  it('are a note in the editor, where the rest of the file is read as if they were given', () => {
    const { file, problems } = analyse(text);
    expect(file.valid).toBe(true);
    expect(problems).toMatchObject([{ severity: 'info', line: 2 }]);
    expect(problems[0]?.message).toContain('EPOCHS');
  });

  it('do not hide an error elsewhere', () => {
    const { problems } = analyse('envs:\n  EPOCHS:\nresources:\n  cpus: 4x\nrun: echo\n');
    expect(problems.map(({ severity }) => severity).sort()).toEqual(['error', 'info']);
  });
});

describe('the question before a job that ran elsewhere', () => {
  const ask = (changed: Partial<Parameters<typeof confirmText>[0]>) =>
    confirmText({
      spec: aSpec(),
      offer: cloud,
      folder: 'digits',
      upload: undefined,
      unsupported: [],
      ...changed,
    }).detail;

  it('lists what is another way there', () => {
    const before = { name: 'digits-a1b2c3', offer: offer({ nodes: 1 }) };
    const now = { ...cloud, image: 'registry/pytorch:2.8', stopsAfter: 86_400 };
    expect(ask({ offer: now, before })).toContain(
      [
        'Other than digits-a1b2c3, which ran before:',
        '• Place: local → aws/us-east-1 · p4d.24xlarge',
        '• Nodes: 1 node → 2 nodes',
        '• GPUs of a node: none asked for → A100:8',
        '• Image: no container → pytorch:2.8',
        '• Price: $0.00/h → at most $21.96/h (spot)',
        '• Ends by itself: no limit of the platform → after 1 d',
      ].join('\n'),
    );
  });

  it('lists nothing where all is as it was', () => {
    expect(ask({ before: { name: 'digits-a1b2c3', offer: cloud } })).not.toContain('Other than');
  });

  it('names the platform’s own limit, which makes the worst case', () => {
    const text = ask({ offer: { ...cloud, stopsAfter: 7200 } });
    expect(text).toContain('At worst $43.92, after 2 h.');
    expect(text).toContain('The platform stops it after 2 h.');
    expect(text).not.toContain('No guardrail');
  });
});
