import { expect, test } from 'vitest';
import type { Place } from '../launch/place.ts';
import { PLACES } from '../launch/places.ts';
import type { ModeSupport } from '../model/mode-support.ts';
import type { Scenario } from '../model/scenario.ts';
import { loadScenario } from '../scenario/load.ts';
import type { SetupWorld } from '../supply/packages/ensure.ts';
import { askPlace } from './ask-place.ts';

/** A machine whose every tool, where it has one, is BusyBox's; nothing may be installed. */
const SETUP: SetupWorld = {
  exec: { run: async () => ({ stdout: 'BusyBox v1.36.1', stderr: '', exitCode: 0 }) },
  env: {},
  machine: { user: 'ordinary', osRelease: 'ID=debian\n' },
  onProgress: () => undefined,
  mayInstall: null,
};

const GUEST = { size: {}, findKernel: () => Promise.reject(new Error('no kernel is to be looked for')) };

function scenarioOf(version: string): Promise<Scenario> {
  const modes = ['none', 'nftables', 'ipvs'];
  return loadScenario('10k', [
    { flag: '--modes', path: ['modes'], value: modes },
    { flag: '--kube-proxy', path: ['proxy', 'version'], value: version },
  ]);
}

/** A place that runs whatever it is asked for, and what it was asked for. */
function makePlace(own: Partial<Place>): Place & { readonly asked: string[] } {
  const asked: string[] = [];
  const support: Place['support'] = async (modes) => {
    asked.push(...modes.map(({ id }) => id));
    return modes.map((mode) => ({ mode, supported: true }));
  };
  return { ...PLACES.netns, support, asked, ...own };
}

const say = (support: readonly ModeSupport[]) =>
  support.map((one) => `${one.mode.id}: ${one.supported ? 'runs' : one.reason.code.replace(/^tool-.*/, 'no tool')}`);

test('a mode whose own tool lacks is not asked for any further, and stays where it was named', async () => {
  const place = makePlace({ needs: ['mode'] });
  const support = await askPlace(place, { scenario: await scenarioOf('1.36.3'), guest: GUEST }, SETUP);
  expect(say(support)).toEqual(['none: runs', 'nftables: no tool', 'ipvs: no tool']);
  expect(place.asked).toEqual(['none']);
});

test('what every mode needs must be there, or no mode is asked for', async () => {
  const place = makePlace({ needs: ['laboratory'] });
  const asked = askPlace(place, { scenario: await scenarioOf('1.36.3'), guest: GUEST }, SETUP);
  await expect(asked).rejects.toThrow(/nginx|unshare/);
  expect(place.asked).toEqual([]);
});

test('a kube-proxy without the mode is told, but not where the place brings its own', async () => {
  const scenario = await scenarioOf('1.28.0');
  const ask = async (own: Partial<Place>) =>
    say(await askPlace(makePlace({ needs: [], ...own }), { scenario, guest: GUEST }, SETUP));
  expect(await ask({})).toEqual(['none: runs', 'nftables: mode-not-in-version', 'ipvs: runs']);
  expect(await ask({ bringsKubeProxy: true })).toEqual(['none: runs', 'nftables: runs', 'ipvs: runs']);
});
