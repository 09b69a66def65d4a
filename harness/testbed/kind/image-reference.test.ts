import { expect, it } from 'vitest';
import { fullReference } from './image-reference.ts';

it.each([
  ['nginx', 'docker.io/library/nginx:latest'],
  ['nginx:1.29', 'docker.io/library/nginx:1.29'],
  ['bench/client:1', 'docker.io/bench/client:1'],
  ['localhost/client', 'localhost/client:latest'],
  ['registry.example:5000/team/client', 'registry.example:5000/team/client:latest'],
  ['quay.io/team/client:v1', 'quay.io/team/client:v1'],
  [`nginx@sha256:${'0'.repeat(64)}`, `docker.io/library/nginx@sha256:${'0'.repeat(64)}`],
])('%s is %s to a node', (image, full) => {
  expect(fullReference(image)).toBe(full);
});
