import { describe, expect, it } from 'vitest';
import { readMemoryKills } from '../system/memory-kills.ts';
import { laboratoryExit } from './laboratory-exit.ts';

const QUIET = { words: '', stopped: false, killsBefore: readMemoryKills() };

function whyNot(end: { exitCode: number | null; signal: string | null }, around: Partial<typeof QUIET> = {}): unknown {
  try {
    return laboratoryExit(end, { ...QUIET, ...around });
  } catch (error) {
    return error;
  }
}

describe('the end of the laboratory', () => {
  it.each([0, 2, 3, 4, 70, 130])("is the program's own with exit code %i", (exitCode) => {
    expect(laboratoryExit({ exitCode, signal: null }, QUIET)).toBe(exitCode);
  });

  it('is never taken for a verdict: 1 is a wrapper that could not do its work, and its words are told', () => {
    expect(
      whyNot({ exitCode: 1, signal: null }, { words: 'unshare: unshare failed: Operation not permitted' }),
    ).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('unshare: unshare failed: Operation not permitted'),
      remedy: expect.stringContaining('npm run doctor'),
    });
  });

  it.each([
    [{ exitCode: null, signal: 'SIGKILL' }, ''],
    [{ exitCode: 137, signal: null }, ''],
    [{ exitCode: 1, signal: null }, 'unshare: sigprocmask unblock failed: Invalid argument'],
  ])('says that it was killed: %o', (end, words) => {
    const error = whyNot(end, { words });
    expect(error).toMatchObject({ exitCode: 3, message: expect.stringContaining('was ended by SIGKILL') });
    expect(String(error)).not.toContain('sigprocmask');
  });

  it('says that memory was the reason when the kernel has counted a kill meanwhile', () => {
    const kills = readMemoryKills();
    if (kills === null) throw new Error('this kernel counts no kills for memory');
    expect(whyNot({ exitCode: null, signal: 'SIGKILL' }, { killsBefore: kills - 1 })).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('killed, probably for memory'),
    });
  });

  it.each([
    [{ exitCode: null, signal: 'SIGTERM' }, false],
    [{ exitCode: 143, signal: null }, false],
    [{ exitCode: 129, signal: null }, false],
    [{ exitCode: null, signal: 'SIGKILL' }, true],
  ])('is an interruption when somebody asked it to stop: %o', (end, stopped) => {
    expect(whyNot(end, { stopped })).toMatchObject({ exitCode: 130 });
  });

  it('names what a crash was', () => {
    expect(whyNot({ exitCode: null, signal: 'SIGABRT' })).toMatchObject({
      message: expect.stringContaining('out of its own memory'),
    });
  });
});
