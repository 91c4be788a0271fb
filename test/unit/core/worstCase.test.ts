import { expect, test } from 'vitest';
import { worstCaseUsd } from '../../../src/core/worstCase';
import { readJob } from '../../fakes/jobSpec';
import { anOffer } from '../../fakes/provider';

const open = readJob('run: echo').spec;
const limited = readJob('run: echo\ntrainyard: {guardrails: {max_duration: 2h}}').spec;
const priced = { ...anOffer, hourlyUsd: 3 };

test('the worst case is the price until the platform, or else the job, ends it; without an end there is none', () => {
  expect(worstCaseUsd(limited, priced)).toBe(6);
  expect(worstCaseUsd(limited, { ...priced, stopsAfter: 7320 })).toBeCloseTo(6.1, 9);
  expect(worstCaseUsd(open, { ...priced, stopsAfter: 86_400 })).toBe(72);
  expect(worstCaseUsd(open, priced)).toBeUndefined();
  expect(worstCaseUsd(open, { ...priced, hourlyUsd: 0 })).toBe(0);
});

test('of a price that is not known it is not known, which is never nothing', () => {
  expect(worstCaseUsd(limited, { ...priced, hourlyUsd: null })).toBeNull();
});
