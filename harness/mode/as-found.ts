import { WITHOUT_PROXY } from './base.ts';
import type { ModeKind } from './mode.ts';

/** A mode that the harness does not set but finds, as it stands, in a cluster (Cilium, Calico eBPF, ...). */
export const asFound: ModeKind = {
  words: {},
  listed: [],
  options: { name: null },
  make: (routing) => ({
    ...WITHOUT_PROXY,
    name: routing.name ?? 'as-found',
    isFound: true,
    requirements: [],
    colours: { light: '#2e1f45', dark: '#d9d0ff', lightInk: '#2e1f45', dash: [10, 3], shape: 'triangle-left' },
  }),
};
