import { expect, it } from 'vitest';
import { EnvironmentError, firstError } from './errors.ts';

it('what went wrong first is told, whatever failed while tidying up after it', async () => {
  const wrong = new EnvironmentError('no more processes', 'allow more');
  const open = async () => {
    await using stack = new AsyncDisposableStack();
    stack.defer(() => Promise.reject(new Error('cannot remove it')));
    stack.defer(() => Promise.reject(new Error('cannot end it')));
    throw wrong;
  };
  const thrown = await open().catch((error: unknown) => error);
  expect(thrown).not.toBe(wrong);
  expect(firstError(thrown)).toBe(wrong);
  expect(firstError(wrong)).toBe(wrong);
});
