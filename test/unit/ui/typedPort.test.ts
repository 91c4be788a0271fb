import { expect, test } from 'vitest';
import { acceptedPort, typedPort } from '../../../src/ui/machines/typedPort';

const board = { port: 6006, name: 'TensorBoard' };
const listed = [board, { port: 8080 }, { port: 18_080 }];

test('a port is what was typed in full, and within what ports can be', () => {
  expect(['8080', ' 22 ', '65535'].map(typedPort)).toEqual([8080, 22, 65_535]);
  expect(['', '0', '65536', 'tensor', '80a', '-1'].map(typedPort)).toEqual(Array(6).fill(undefined));
});

test('without a number the chosen row is taken', () => {
  expect(acceptedPort(board, 'tensor', listed)).toBe(board);
  expect(acceptedPort(undefined, 'tensor', listed)).toBeUndefined();
});

test('of several that hold the digits the chosen one is taken', () => {
  expect(acceptedPort({ port: 18_080 }, '80', listed)).toEqual({ port: 18_080 });
});

test('a row that came in place of the chosen one is not taken for it', () => {
  expect(acceptedPort(board, '8080', listed)).toEqual({ port: 8080 });
  expect(acceptedPort({ port: 8080 }, '6006', listed)).toBe(board);
});

test('a number that no row has yet is taken as it is', () => {
  expect(acceptedPort(undefined, '9000', listed)).toEqual({ port: 9000 });
});
