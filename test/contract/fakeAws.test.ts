import { afterAll, beforeAll, expect, test } from 'vitest';
import { MotoServer } from '../fakes/aws/motoServer';
import { testAccount } from '../fakes/aws/testAccount';

const never = new AbortController().signal;
let moto: MotoServer;

beforeAll(async () => {
  moto = await MotoServer.start();
});
afterAll(() => moto.stop());

test('an account of the tests knows its number', async () => {
  expect(await testAccount(moto.url).accountId(never)).toBe('123456789012');
});
