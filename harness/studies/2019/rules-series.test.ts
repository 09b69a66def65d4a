import { expect, test } from 'vitest';
import { modelPositionRules } from '../../analysis/rules.ts';
import { makeSyntheticRun } from '../../analysis/testing/synthetic-run.ts';
import { makeRandom } from '../../model/random.ts';
import { averageDispatchRules, modelCalicoRules, STUDY_CALICO } from './calico-model.ts';
import { makeStudySeries } from './rules-series.ts';

/** Rules up to the pod's own, by walking a tree built as Felix builds it from random names. */
function walkDispatch(pods: number, random: () => number): number {
  const names = Array.from({ length: pods }, () => random().toString(16).slice(2, 13)).sort();
  const own = names[Math.floor(random() * pods)] ?? '';
  const digits = [...new Set(names.map((name) => name[0]))];
  const root = digits.indexOf(own[0]) + 1;
  const sharing = names.filter((name) => name[0] === own[0]);
  return sharing.length === 1 ? root : root + sharing.indexOf(own) + 1;
}

test('the average of Calico’s dispatch tree agrees with walking 20,000 trees of random names', () => {
  const random = makeRandom(4);
  const walks = Array.from({ length: 20_000 }, () => walkDispatch(30, random));
  expect(averageDispatchRules(30)).toBeCloseTo(walks.reduce((sum, one) => sum + one, 0) / walks.length, 1);
});

test('Calico’s rules do not depend on the number of Services and lie near those of 20 Services in 2019', () => {
  const { rules, lowRules, highRules } = modelCalicoRules(STUDY_CALICO);
  expect(lowRules).toBe(19);
  expect(highRules).toBe(57);
  expect(rules).toBeCloseTo(31.1, 1);
  const kubeProxyOf2019 = modelPositionRules({ serviceJumps: 40, endpointsPerService: 10 }).rules;
  expect(rules / kubeProxyOf2019).toBeGreaterThan(0.5);
  expect(rules / kubeProxyOf2019).toBeLessThan(2);
});

test('every series of the study is a model that says so and names its source', () => {
  const series = makeStudySeries(makeSyntheticRun({ rounds: 1, requests: 20 }).header.scenario);
  expect(series.map(({ kind, modeId }) => [kind, modeId])).toEqual([
    ['position-model', null],
    ['documented-model', null],
  ]);
  expect(series.every(({ source }) => source.length > 20)).toBe(true);
});
