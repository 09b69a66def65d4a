import { expect, it } from 'vitest';
import { describeTargetEndpoints } from './target-endpoints.ts';

const SCENARIO = { backends: 'distinct', endpointsPerService: 12, targets: 10, sizesServices: [1, 1000] } as const;
const told = (change: Partial<Omit<typeof SCENARIO, 'sizesServices'>> & { sizesServices?: readonly number[] }) =>
  describeTargetEndpoints({ ...SCENARIO, ...change } as Parameters<typeof describeTargetEndpoints>[0], 10).map(
    ({ message }) => message,
  );

it.each([
  [
    [1, 1000],
    'the 10 Services that the load goes to have 10 endpoints each, because there are 10 real pods; the others have 12; at 1 Services there are no others',
  ],
  [
    [500, 1000],
    'the 10 Services that the load goes to have 10 endpoints each, because there are 10 real pods; the others have 12',
  ],
  [
    [1, 3],
    'the 3 Services that the load goes to have 10 endpoints each, because there are 10 real pods, and there are no others',
  ],
  [[1], 'the Service that the load goes to has 10 endpoints, because there are 10 real pods, and there are no others'],
])('of %j Services with more endpoints than pods, what was built is told', (sizesServices, message) => {
  expect(told({ sizesServices })).toEqual([message]);
});

it('as many as there are pods, or pods of their own, are what was asked for', () => {
  expect(told({ endpointsPerService: 10 as 12 })).toEqual([]);
  expect(told({ backends: 'pods' as 'distinct' })).toEqual([]);
});
