import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainCreationFailure } from './create-failure.ts';

/** Whole outputs of kind 0.27 with -v 1, as it gave them when it failed. */
function explain(name: string) {
  return explainCreationFailure(readFileSync(join(import.meta.dirname, 'testing', `${name}.txt`), 'utf8'));
}

describe("kind's failures to create a cluster", () => {
  it('an image that cannot be pulled: which, and why', () => {
    const { lines, remedy } = explain('image-missing');
    expect(lines.join('\n')).toMatch(/failed to pull image "registry\.invalid\/no-such:v0"/);
    expect(lines.join('\n')).toMatch(/no such host/);
    expect(remedy).toMatch(/--node-image/);
  });

  it('a port that is taken: which', () => {
    const { lines, remedy } = explain('port-taken');
    expect(lines.join('\n')).toMatch(/listen tcp4 127\.0\.0\.1:45999: bind: address already in use/);
    expect(remedy).toMatch(/has the port/);
  });

  it('an image that is no node image', () => {
    const { lines, remedy } = explain('no-node-image');
    expect(lines.join('\n')).toMatch(/Multi-User System/);
    expect(remedy).toMatch(/no kind node image/);
  });

  it('a kubelet that does not come up: its last words', () => {
    const { lines, remedy } = explain('kubelet-unhealthy');
    expect(lines.join('\n')).toMatch(/kubelet/);
    expect(remedy).toMatch(/kubelet did not come up/);
  });

  it.each(['image-missing', 'port-taken', 'no-node-image', 'kubelet-unhealthy'])(
    '%s: at most eight lines of at most 330 characters, without stacks or progress',
    (name) => {
      const { lines } = explain(name);
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.length).toBeLessThanOrEqual(8);
      for (const line of lines) {
        expect(line.length).toBeLessThanOrEqual(330);
        expect(line).not.toMatch(/sigs\.k8s\.io\/kind\/pkg|^DEBUG|✗/);
      }
    },
  );

  it('what nobody has seen before: its last lines', () => {
    expect(explainCreationFailure('one\ntwo\n').lines).toEqual(['one', 'two']);
  });
});
