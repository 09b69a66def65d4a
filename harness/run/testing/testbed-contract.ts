import { expect, test } from 'vitest';
import { loadResultSchema } from '../../model/load.ts';
import { environmentSchema } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import { standingNodeSchema } from '../../model/target.ts';
import { parseScenario } from '../../scenario/parse.ts';
import type { ObservedTestbed } from './observe-testbed.ts';

const TEXT = `
services: [1, 20]
modes: [none, nftables]
targets: 1
load: { rate: 200/s, keepalive: [none], warmUp: 100ms, idle: 300ms, duration: 1s }
measure: { wire: false }
`;

/** Two modes at two sizes; the second mode has a kube-proxy. */
export const CONTRACT_SCENARIO: Scenario = parseScenario({ name: 'contract', file: 'contract.yaml', text: TEXT });

/** What the loop relies on in any testbed: the same tests for the real one and the fake. */
export function testTestbed(observed: () => ObservedTestbed): void {
  const { sizesServices, modes, load: asked } = CONTRACT_SCENARIO;

  test('it says where it stands, and has a floor to measure the instrument on', () => {
    expect(environmentSchema.parse(observed().environment).testbed).toBe('netns');
    expect(observed().calibrationModeId).toBe('none');
  });

  test('every node is of the mode and the size that were asked for, and the same one when it is asked for again', () => {
    const wanted = sizesServices.flatMap((sizeServices) => modes.map(({ id }) => ({ sizeServices, modeId: id })));
    expect(observed().nodes.map((node) => node.asked)).toEqual(wanted);
    for (const { asked: at, modeId, record, isSameAgain } of observed().nodes) {
      expect(standingNodeSchema.parse(record)).toMatchObject(at);
      expect([modeId, isSameAgain]).toEqual([at.modeId, true]);
      expect(record.proxyMode).toBe(at.modeId === 'none' ? null : at.modeId);
      expect(record.targets.length).toBeGreaterThan(0);
    }
  });

  test('a node of another size is another node', () => {
    expect(observed().isAnotherNodeAfterAnotherSize).toBe(true);
  });

  test('a mode that it was not opened with is refused', () => {
    expect(observed().unknownMode).toBe('no mode is called no such mode');
  });

  test('a load tells its phases in order, and its clock passes between them', () => {
    expect(observed().phases).toEqual(['warm-up', 'idle', 'load', 'done']);
    expect(observed().idleMs).toBeGreaterThanOrEqual(asked.idleMs - 50);
    expect(observed().loadMs).toBeGreaterThanOrEqual(asked.durationMs - 50);
    expect(observed().loadMs).toBeLessThan(asked.durationMs + 1000);
  });

  test('its result is of what was asked for, and every request is answered', () => {
    const result = loadResultSchema.parse(observed().result);
    const { spec } = observed();
    expect([result.engine, result.requestedRateRps]).toEqual([spec.engine, asked.rateRps]);
    expect(result.targets.map(({ id }) => id)).toEqual(spec.targets.map(({ id }) => id));
    expect(result.achievedRateRps).toBeGreaterThan(0.9 * asked.rateRps);
    for (const { outcomes, connections } of result.targets) {
      const { ok, ...others } = outcomes;
      expect(Object.values(others).every((count) => count === 0)).toBe(true);
      expect([ok > 0, connections]).toEqual([true, ok]);
    }
  });

  test('a client that is lost rejects with a reason, which is not that somebody gave up', () => {
    expect(observed().failuresBefore).toEqual([]);
    expect(observed().afterLostClient?.message).toMatch(/load client 1 of 1/);
    expect(observed().afterLostClient?.name).not.toBe('AbortError');
  });

  test('a kube-proxy that ended is a failure with its name and a remedy', () => {
    expect(observed().failuresAfter).toMatchObject([
      { code: 'kube-proxy-ended', message: expect.stringMatching(/kube-proxy/) },
    ]);
    expect(observed().failuresAfter[0]?.remedy).not.toBe('');
  });

  test('a signal ends a standing up and a load at once', () => {
    expect(observed().abortedStandUp?.name).toBe('AbortError');
    expect(observed().abortedLoad?.name).toBe('AbortError');
  });
}
