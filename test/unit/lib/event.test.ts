import { expect, test } from 'vitest';
import { Disposables } from '../../../src/lib/disposables';
import { Emitter } from '../../../src/lib/event';

test('a listener hears what is fired until it is disposed of', () => {
  const emitter = new Emitter<number>();
  const heard: number[] = [];
  const subscription = emitter.event((value) => heard.push(value));
  emitter.fire(1);
  subscription.dispose();
  emitter.fire(2);
  expect(heard).toEqual([1]);
});

test('a listener that throws does not keep the others from hearing, and the error is not lost', () => {
  const emitter = new Emitter<void>();
  let heard = false;
  emitter.event(() => {
    throw new Error('mine');
  });
  emitter.event(() => (heard = true));
  expect(() => {
    emitter.fire();
  }).toThrow('mine');
  expect(heard).toBe(true);
});

test('the same function subscribed twice is heard twice and leaves once', () => {
  const emitter = new Emitter<void>();
  let heard = 0;
  const listener = () => (heard += 1);
  const first = emitter.event(listener);
  emitter.event(listener);
  first.dispose();
  emitter.fire();
  expect(heard).toBe(1);
});

test('what was added last is disposed of first', () => {
  const order: number[] = [];
  const held = new Disposables();
  held.add({ dispose: () => order.push(1) });
  held.add({ dispose: () => order.push(2) });
  held.dispose();
  held.dispose();
  expect(order).toEqual([2, 1]);
});
