import { expect, test } from 'vitest';
import { agoText, bytesText, costText, countText, durationText, hourlyText } from '../../../src/core/words';

test.each([
  [0, '0 s'],
  [999, '0 s'],
  [41_000, '41 s'],
  [192_000, '3 m 12 s'],
  [3_600_000, '1 h'],
  [7_800_000, '2 h 10 m'],
  [3_605_000, '1 h'],
  [273_600_000, '3 d 4 h'],
  [-5, '0 s'],
])('%d ms lasts %s', (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text);
});

test.each([
  [0, '0 B'],
  [812, '812 B'],
  [1000, '1.0 kB'],
  [4_240_000, '4.2 MB'],
  [31_400_000_000, '31 GB'],
  [999_600, '1.0 MB'],
])('%d bytes are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test('an unknown price is never a number', () => {
  expect([hourlyText(null), hourlyText(undefined), costText(undefined)]).toEqual([
    'price unknown',
    'price unknown',
    'cost unknown',
  ]);
});

test('money has a currency, a period, and is never rounded to nothing', () => {
  expect([hourlyText(3.92), hourlyText(0), hourlyText(0.0009), hourlyText(0.005)]).toEqual([
    '$3.92/h',
    '$0.00/h',
    '<$0.01/h',
    '$0.01/h',
  ]);
  expect([costText(0.00009), costText(0.004), costText(12.345)]).toEqual(['<$0.001', '$0.004', '$12.35']);
});

test('counts and ages read like speech', () => {
  expect([countText(1, 'node'), countText(2, 'node'), agoText(0, 1000), agoText(0, 200_000)]).toEqual([
    '1 node',
    '2 nodes',
    'just now',
    '3 m ago',
  ]);
});
