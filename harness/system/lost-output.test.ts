import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { EXIT } from '../errors.ts';
import { LostOutput } from './lost-output.ts';

const failure = (code: string) => Object.assign(new Error(`${code}, write`), { code });

function outputs() {
  const results = new PassThrough();
  const messages = new PassThrough({ encoding: 'utf8' });
  return { results, messages, lost: new LostOutput(results, messages) };
}

test('a reader that goes away ends nothing and changes no exit code', () => {
  const { results, messages, lost } = outputs();
  results.emit('error', failure('EPIPE'));
  messages.emit('error', failure('ENOSPC'));
  expect(lost.exitCode(EXIT.ok)).toBe(EXIT.ok);
  expect(messages.read()).toBeNull();
});

test('a result that could not be written is told and not fine; what was wrong before stays', () => {
  const { results, messages, lost } = outputs();
  results.emit('error', failure('ENOSPC'));
  expect(lost.exitCode(EXIT.ok)).toBe(EXIT.environment);
  expect(messages.read()).toContain('could not be written to the end: ENOSPC');
  expect(lost.exitCode(EXIT.verdictFailed)).toBe(EXIT.verdictFailed);
});
