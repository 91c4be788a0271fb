import { hourlyText } from '../../../core/words';
import type { MachinePart } from './machinePart';

/** What a machine costs. On its line only where that is known: most hosts have no price, and a line of each would say so. */
export const pricePart: MachinePart = {
  words: ({ instance: { hourlyUsd } }) => (hourlyUsd === null ? [] : [hourlyText(hourlyUsd)]),
  facts: ({ instance: { hourlyUsd } }) => [['Price', hourlyText(hourlyUsd)]],
};
