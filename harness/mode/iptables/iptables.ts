import { PLAIN_MODE } from '../base.ts';
import type { ModeColours, ModeKind } from '../mode.ts';
import { VETH } from '../veth.ts';
import type { IptablesBackend } from './find-backend.ts';
import { expectedServiceRules, iptablesOracle } from './oracle.ts';
import { iptablesRequirements } from './requirements.ts';
import { readIptablesTables } from './tables.ts';

/** The flavours are neighbours in hue. */
const COLOURS: Readonly<Record<IptablesBackend, ModeColours>> = {
  legacy: { light: '#b5380a', dark: '#ff7a3d', lightInk: '#b5380a', dash: [1, 0], shape: 'circle' },
  nft: { light: '#cb8600', dark: '#ffcb57', lightInk: '#8a5a00', dash: [7, 2], shape: 'square' },
};

/** Seen with iptables 1.8.9: from about 50 Services on, "sendmsg() failed: Message too long". */
const NFT_NEEDS_ROOT =
  'iptables-nft-restore sends all rules in one netlink message, and only root of the machine may have a buffer for that (SO_SNDBUFFORCE)';

/**
 * A rule for each Service, one after the other. The plain word is the legacy flavour, as in 2019, whatever the machine's `iptables` command points to: what a word measures must not
 * depend on the machine.
 */
export const iptables: ModeKind = {
  words: {
    iptables: { kind: 'iptables', backend: 'legacy' },
    'iptables-legacy': { kind: 'iptables', backend: 'legacy' },
    'iptables-nft': { kind: 'iptables', backend: 'nft' },
  },
  listed: ['iptables-legacy', 'iptables-nft'],
  options: { backend: ['legacy', 'nft'] },
  make({ backend }) {
    const flavour: IptablesBackend = backend === 'nft' ? 'nft' : 'legacy';
    return {
      ...PLAIN_MODE,
      name: `iptables-${flavour}`,
      proxyWord: 'iptables',
      releases: { from: 1, until: null, note: '' },
      requirements: [VETH, ...iptablesRequirements(flavour)],
      tools: [`iptables-${flavour}`],
      needsRoot: flavour === 'nft' ? NFT_NEEDS_ROOT : null,
      iptables: { flavour, holdsServices: true },
      rulesHaveOrder: true,
      natRules: expectedServiceRules,
      readTables: (read) => readIptablesTables(read, flavour),
      oracle: iptablesOracle,
      colours: COLOURS[flavour],
    };
  },
};
