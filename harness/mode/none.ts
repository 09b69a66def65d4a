import { WITHOUT_PROXY } from './base.ts';
import type { ModeKind } from './mode.ts';
import { VETH } from './veth.ts';

/** The floor: plain routes to the pods, no rules. */
export const none: ModeKind = {
  words: { none: { kind: 'none' } },
  listed: ['none'],
  options: {},
  make: () => ({
    ...WITHOUT_PROXY,
    name: 'none',
    note: 'the floor: straight to the pods, no rules',
    isFloor: true,
    requirements: [VETH],
    colours: { light: '#858585', dark: '#8c8c8c', lightInk: '#666666', dash: [1, 2], shape: 'triangle-down' },
  }),
};
