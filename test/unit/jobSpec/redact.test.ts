import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJobFile } from '../../../src/core/jobSpec/jobFile';
import { redactJobFile, redactSpec } from '../../../src/core/jobSpec/redact';

describe('a job file without its secrets', () => {
  it('keeps keys, comments and lines', () => {
    const text = [
      'secrets:',
      '  TOKEN: "tok-123456" # from the vault',
      '  KEY: |',
      '    line-one',
      '    line-two',
      '  LATER:',
      'run: curl -H tok-123456',
      'name: after',
      '',
    ].join('\n');
    expect(redactJobFile(text)).toBe(
      [
        'secrets:',
        '  TOKEN: "<redacted>" # from the vault',
        '  KEY: "<redacted>"',
        '',
        '',
        '  LATER:',
        'run: curl -H <redacted>',
        'name: after',
        '',
      ].join('\n'),
    );
  });

  it('blanks values behind anchors and merges, in every document, and values that were supplied', () => {
    const text =
      'envs: &e {A: visible-1}\nsecrets: {<<: *e, B: hidden-2}\nrun: x\n---\nsecrets: {C: &c hidden-3}\nenvs: {D: *c, E: supplied-4}\n';
    const redacted = redactJobFile(text, ['supplied-4']);
    for (const value of ['visible-1', 'hidden-2', 'hidden-3', 'supplied-4'])
      expect(redacted).not.toContain(value);
    expect(readJobFile(redacted).jobs.map(({ secrets_inline }) => secrets_inline)).toEqual([
      ['A', 'B'],
      ['C'],
    ]);
  });

  it('gives nothing of a text that it can not search', () => {
    expect(redactJobFile('secrets: {A: hidden\nrun: "')).toBe('');
  });

  it('never leaves a value behind, and the rest reads as before', () => {
    const value = fc.oneof(
      fc.string({ minLength: 4, unit: 'grapheme-ascii' }),
      fc.constantFrom("it's here", 'a "b" c\\d', 'x: y #z', 'a$b{c}'),
    );
    fc.assert(
      fc.property(value, fc.constantFrom('json', 'single', 'block'), (raw, style) => {
        const secret = `S!${raw.trim()}!S`;
        const written =
          style === 'json'
            ? JSON.stringify(secret)
            : style === 'single'
              ? `'${secret.replaceAll("'", "''")}'`
              : `|-\n    ${secret}`;
        const text = `name: n\nsecrets:\n  A: ${written}\nenvs:\n  B: ${JSON.stringify(secret)}\nnum_nodes: 2\n`;
        expect(readJobFile(text).secretValues[0]?.get('A')).toBe(secret);
        const redacted = redactJobFile(text);
        expect(redacted).not.toContain(secret);
        expect(redacted).not.toContain(JSON.stringify(secret).slice(1, -1));
        expect(redacted.split('\n').length).toBe(text.split('\n').length);
        expect(readJobFile(redacted).jobs[0]).toMatchObject({
          name: 'n',
          num_nodes: 2,
          secrets_inline: ['A'],
        });
      }),
    );
  });
});

describe('a spec without its secrets', () => {
  it('masks what SkyPilot substitutes', () => {
    const { jobs, secretValues } = readJobFile(
      'secrets: {TOKEN: tok-1, KEY: null}\nworkdir: {url: "https://$TOKEN@git/x"}\nfile_mounts: {/a-$TOKEN: "s3://$KEY/x"}\nvolumes: {/v: {name: $TOKEN}}\nrun: x\n',
      { secrets: { KEY: 'key-2' } },
    );
    const [spec] = jobs;
    if (!spec) throw new Error('expected a job');
    expect(JSON.stringify(spec)).toMatch(/tok-1.*key-2/s);
    const redacted = redactSpec(spec, secretValues[0] ?? new Map<string, string>());
    expect(JSON.stringify(redacted)).not.toMatch(/tok-1|key-2/);
    expect(redacted.file_mounts).toEqual({ '/a-***': { kind: 'copy', source: 's3://***/x' } });
  });
});
