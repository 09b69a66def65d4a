import { describe, expect, test } from 'vitest';
import { EnvironmentError } from '../errors.ts';
import type { Mode } from '../model/mode.ts';
import type { ModeSupport } from '../model/mode-support.ts';
import type { PlaceName, Scenario } from '../model/scenario.ts';
import { loadScenario } from '../scenario/load.ts';
import { type ChosenPlace, choosePlace, refuseByBinaries } from './choose-place.ts';

type Answer = readonly [name: PlaceName, support: (modes: readonly Mode[]) => Promise<readonly ModeSupport[]>];

/** A place that runs every mode but those named. */
function placeWithout(name: PlaceName, lacking: readonly string[], code = 'no'): Answer {
  const support = (modes: readonly Mode[]): ModeSupport[] =>
    modes.map((mode) =>
      lacking.includes(mode.id)
        ? { mode, supported: false, reason: { code, message: `${name} has no ${mode.id}`, remedy: 'none' } }
        : { mode, supported: true },
    );
  return [name, async (modes) => support(modes)];
}

const HOW_TO_SKIP = 'let them be left out';

function scenarioWith(...flags: readonly (readonly [string, unknown])[]): Promise<Scenario> {
  const modes = ['none', 'iptables-legacy', 'nftables', 'ipvs'];
  return loadScenario('10k', [
    { flag: '--modes', path: ['modes'], value: modes },
    ...flags.map(([name, value]) => ({ flag: name, path: [name], value })),
  ]);
}

function choose(scenario: Scenario, places: readonly Answer[]): Promise<ChosenPlace> {
  const ask = async (name: PlaceName) => {
    const [, support] = places.find(([one]) => one === name) ?? [];
    if (support === undefined) throw new Error(`${name} was not to be asked`);
    return support(scenario.modes);
  };
  return choosePlace(scenario, { ask, howToSkip: HOW_TO_SKIP });
}

const idsOf = ({ modes }: ChosenPlace) => modes.map(({ id }) => id);

describe('auto', () => {
  test('takes this machine where it runs all modes, and asks no other place', async () => {
    const chosen = await choose(await scenarioWith(), [placeWithout('netns', [])]);
    expect([chosen.name, idsOf(chosen).length]).toEqual(['netns', 4]);
  });

  test('takes a guest where only it runs all modes, and says for what', async () => {
    const chosen = await choose(await scenarioWith(), [placeWithout('netns', ['ipvs']), placeWithout('vm', [])]);
    expect([chosen.name, chosen.reason]).toEqual(['vm', "vm: this machine's own kernel cannot run ipvs"]);
  });

  test('looks for no guest where only a tool lacks: a guest has the tools of this machine', async () => {
    for (const code of ['tool-missing', 'tool-unfit']) {
      const chosen = await choose(await scenarioWith(), [placeWithout('netns', ['ipvs'], code)]);
      expect(idsOf(chosen)).toEqual(['none', 'iptables-legacy', 'nftables']);
      expect(chosen.reason).toBe('netns: this kernel runs all modes that there are tools for');
      expect(chosen.refused.map(({ mode }) => mode.id)).toEqual(['ipvs']);
    }
  });

  test('looks for no guest where no namespaces can be made: a guest is started in some', async () => {
    const all = ['none', 'iptables-legacy', 'nftables', 'ipvs'];
    const end = choose(await scenarioWith(), [placeWithout('netns', all, 'no-namespaces')]);
    await expect(end).rejects.toThrow('cannot run in netns here');
  });

  test('says once what every place says, and otherwise what each one says', async () => {
    const failing = (name: PlaceName, message: string): Answer => [
      name,
      () => Promise.reject(new EnvironmentError(message, 'apt-get install nginx')),
    ];
    const same = choose(await scenarioWith(), [failing('netns', 'no nginx'), failing('vm', 'no nginx')]);
    await expect(same).rejects.toMatchObject({ message: 'no nginx', remedy: 'apt-get install nginx' });
    const each = choose(await scenarioWith(), [failing('netns', 'no namespaces'), failing('vm', 'no QEMU')]);
    await expect(each).rejects.toThrow('no testbed works here:\n  netns: no namespaces\n  vm: no QEMU');
  });

  test('stays on this machine where nothing runs all, and leaves out what it lacks', async () => {
    const kinds = [placeWithout('netns', ['ipvs']), placeWithout('vm', ['nftables'])];
    const chosen = await choose(await scenarioWith(), kinds);
    expect([chosen.name, idsOf(chosen)]).toEqual(['netns', ['none', 'iptables-legacy', 'nftables']]);
    await expect(choose(await scenarioWith(['ifUnsupported', 'refuse']), kinds)).rejects.toThrow('netns has no ipvs');
  });
});

describe('a kube-proxy named by a path', () => {
  const found = (version: string) => ({ binaries: { '/opt/kube-proxy': { version } }, howToSkip: HOW_TO_SKIP });
  const old = found('1.20.2');

  test('leaves out what its version lacks, beside what the kernel lacks', async () => {
    const scenario = await scenarioWith(['proxy', { version: '/opt/kube-proxy' }]);
    const offered = await choose({ ...scenario, testbed: 'netns' }, [placeWithout('netns', ['ipvs'])]);
    const chosen = refuseByBinaries(offered, scenario, old);
    expect(idsOf(chosen)).toEqual(['none', 'iptables-legacy']);
    expect(chosen.refused.map(({ mode, reason }) => `${mode.id}: ${reason.message}`)).toEqual([
      'ipvs: netns has no ipvs',
      'nftables: kube-proxy 1.20.2 has no mode nftables (KEP-3866, alpha in 1.29)',
    ]);
  });

  test('refuses it where the scenario says so', async () => {
    const scenario = await scenarioWith(['proxy', { version: '/opt/kube-proxy' }], ['ifUnsupported', 'refuse']);
    const offered = await choose({ ...scenario, testbed: 'netns' }, [placeWithout('netns', [])]);
    expect(() => refuseByBinaries(offered, scenario, old)).toThrow('kube-proxy 1.20.2 has no mode nftables');
    expect(refuseByBinaries(offered, scenario, found('1.36.3'))).toEqual(offered);
  });
});
