import { differs, listDifferences, PLAIN_MODE, totalsOf } from '../base.ts';
import type { ModeKind } from '../mode.ts';
import { VETH } from '../veth.ts';
import { NFT_REQUIREMENTS } from './requirements.ts';
import { readNftTables } from './tables.ts';

/** A map from address and port to a chain. */
export const nftables: ModeKind = {
  words: { nftables: { kind: 'nftables' } },
  listed: ['nftables'],
  options: {},
  make: () => ({
    ...PLAIN_MODE,
    name: 'nftables',
    proxyWord: 'nftables',
    releases: { from: 29, until: null, note: 'KEP-3866, alpha in 1.29' },
    // kube-proxy itself refuses it below (KEP-3866); nft's own least version is in supply/packages/prerequisites.ts.
    leastKernel: [5, 13],
    requirements: [VETH, ...NFT_REQUIREMENTS],
    tools: ['nft'],
    // KEP-3866: alpha in 1.29 and 1.30.
    featureGates: (minor): Record<string, boolean> => (minor >= 29 && minor <= 30 ? { NFTablesProxyMode: true } : {}),
    readTables: readNftTables,
    oracle: ({ kernelObjects }, programmed) =>
      listDifferences([
        differs(
          'elements of verdict maps',
          kernelObjects.nftMapElements,
          totalsOf(programmed).services + programmed.nodePorts,
        ),
      ]),
    colours: { light: '#00614a', dark: '#3fe0ae', lightInk: '#00614a', dash: [8, 2, 2, 2], shape: 'triangle-up' },
  }),
};
