import type { Reason } from '../model/reason.ts';
import { differs, listDifferences, NO_TABLES, PLAIN_MODE, totalsOf } from './base.ts';
import { findIptablesBackend } from './iptables/find-backend.ts';
import { iptablesRequirements } from './iptables/requirements.ts';
import { readIptablesTables } from './iptables/tables.ts';
import type { ModeKind, Requirement } from './mode.ts';
import { VETH } from './veth.ts';

const FEW_OPEN_FILES: Reason = {
  code: 'few-open-files',
  message:
    'kube-proxy raises its limit of open files to 64,000 in userspace mode, and may not here (the hard limit is lower, and CAP_SYS_RESOURCE is missing)',
  remedy: 'raise the hard limit before (ulimit -Hn 64000), or take --testbed vm: a guest has the right',
};

/** kube-proxy's userspace proxier raises its limit of open files to 64,000 and ends when it may not (pkg/proxy/userspace/rlimit.go, 1.20). */
const OPEN_FILES: Requirement = {
  id: 'open-files',
  command: ['prlimit', '--nofile=64000:64000', 'true'],
  what: 'room for 64,000 open files',
  option: null,
  module: null,
  package: 'util-linux',
  reason: FEW_OPEN_FILES,
};

/** kube-proxy's first mode: a process between client and backend. */
export const userspace: ModeKind = {
  words: { userspace: { kind: 'userspace' } },
  listed: ['userspace'],
  options: {},
  make: () => ({
    ...PLAIN_MODE,
    name: 'userspace',
    note: 'with a kube-proxy of 1.25 or earlier',
    proxyWord: 'userspace',
    releases: { from: 0, until: 26, note: 'removed in 1.26' },
    requirements: [VETH, OPEN_FILES, ...iptablesRequirements('nft')],
    tools: ['prlimit', 'iptables-nft'],
    // It redirects, and masquerades for NodePorts, through the flavour that the laboratory gives it.
    iptables: { flavour: 'nft', holdsServices: false },
    settledSeenIn: 'log',
    // It has no metrics and tells its syncs at 4 only, where other files of it would log a line for every connection.
    logFlags: ['-v=2', '--vmodule=proxier=4'],
    // It reads Endpoints alone, and kube-proxy 1.19 to 1.21 hands it EndpointSlices unless the gate is shut (cmd/kube-proxy/app/server_others.go, 1.20): it then waits for endpoints for ever.
    featureGates: (minor): Record<string, boolean> =>
      minor >= 19 && minor <= 21 ? { EndpointSliceProxying: false } : {},
    needsEndpoints: true,
    async readTables(read) {
      const backend = await findIptablesBackend(read);
      return backend === null ? NO_TABLES : readIptablesTables(read, backend);
    },
    oracle: ({ kernelObjects }, programmed) =>
      listDifferences([
        differs('redirects in KUBE-PORTALS-CONTAINER', kernelObjects.serviceJumps, totalsOf(programmed).services),
      ]),
    colours: { light: '#c2569b', dark: '#e58ac4', lightInk: '#a23b7d', dash: [4, 2, 1, 2], shape: 'cross' },
  }),
};
