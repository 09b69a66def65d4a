import { beforeAll, describe } from 'vitest';
import { FakeLaboratory } from './testing/fake-testbed.ts';
import { type ObservedTestbed, observeTestbed } from './testing/observe-testbed.ts';
import { CONTRACT_SCENARIO, testTestbed } from './testing/testbed-contract.ts';

async function observeFake(): Promise<ObservedTestbed> {
  const laboratory = new FakeLaboratory();
  const interruption = new AbortController();
  const { signal } = interruption;
  const directory = '/nowhere';
  await using testbed = await laboratory.open(
    {
      scenario: CONTRACT_SCENARIO,
      modes: CONTRACT_SCENARIO.modes,
      standing: 'side-by-side',
      kubeProxies: {},
      logsDirectory: directory,
      temporaryDirectory: directory,
      keep: false,
      onProgress: () => undefined,
    },
    signal,
  );
  const endings = {
    loseClient: async () => {
      laboratory.fateOf = ({ modeId }) => (modeId === 'nftables' ? 'lost' : { medianUs: 100 });
    },
    endKubeProxy: async () => {
      laboratory.failures.push({ code: 'kube-proxy-ended', message: 'kube-proxy is gone', remedy: 'read its log' });
    },
  };
  return await observeTestbed(testbed, {
    scenario: CONTRACT_SCENARIO,
    signal,
    interrupt: () => interruption.abort(),
    endings,
  });
}

describe('the fake laboratory', () => {
  let observed: ObservedTestbed;
  beforeAll(async () => {
    observed = await observeFake();
  });
  testTestbed(() => observed);
});
