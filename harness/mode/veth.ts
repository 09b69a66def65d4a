import type { Requirement } from './mode.ts';

/** Every laboratory needs it. */
export const VETH: Requirement = {
  id: 'veth',
  command: ['ip', 'link', 'add', 'veth-a', 'type', 'veth', 'peer', 'name', 'veth-b'],
  what: 'veth links',
  option: 'CONFIG_VETH',
  module: 'veth',
  package: 'iproute2',
};
