import { resolve } from 'node:path';
import { z } from 'zod';
import { listOf, text, wholeNumber } from '../model/flag-words.ts';
import { count } from '../model/quantity-words.ts';
import { TESTBEDS } from '../model/scenario.ts';
import type { FlagPlace, Settings } from '../model/setting.ts';
import { DEFAULT_KUBE_PROXY_VERSION } from '../supply/kube-proxy/version.ts';
import { proxyVersion, writtenMode } from './written-mode.ts';

/** ClusterIPs of 10.96.0.0/12: 2^20 less the network, the broadcast address and the API server's own Service. */
const MAX_SERVICES = 1_048_573;
/** Nodes that the laboratory has addresses for. */
const MAX_MODES = 60;

const services = count(MAX_SERVICES).meta({ description: 'A number of Services.' });

/** Of everything that chooses a version of kube-proxy. */
export const OWN_PROXY: FlagPlace = {
  testbeds: ['netns', 'vm'],
  because: 'a cluster brings its own kube-proxy',
};

/** "10k" is 10,000, as in the scenarios' names. */
function numberOfServices(word: string): unknown {
  const thousands = /^([0-9]+)k$/.exec(word)?.[1];
  return thousands === undefined ? wholeNumber(word) : Number(thousands) * 1000;
}

function versionOrPath(word: string): unknown {
  return word.includes('/') ? resolve(word) : word;
}

/** What is compared, and over what. */
export const COMPARED_SETTINGS = {
  description: {
    schema: z.string().max(2000, 'must be at most 2000 characters'),
    fallback: '',
    flag: '--description <text>',
    help: 'what the scenario is for',
  },
  services: {
    schema: z.union([services, z.array(services).min(1, 'needs at least one number of Services')], {
      error: 'must be a number of Services or a list of them, such as 10000 or [1, 10000]',
    }),
    flag: '--services <numbers>',
    read: listOf(numberOfServices),
    help: 'numbers of Services, such as 1,1000 or 1,10k',
    more: 'each once; the smallest is the base that others are compared with; digits only in a file: `[1, 10000]`',
  },
  modes: {
    schema: z
      .array(writtenMode)
      .min(1, 'needs at least one mode')
      .max(MAX_MODES, `at most ${MAX_MODES} modes can stand at once`),
    flag: '--modes <modes>',
    read: listOf(text),
    // Modes that are typed must all run: leaving out what was just asked for would be no answer.
    implies: () => ({ ifUnsupported: 'refuse' }),
    help: 'what is compared, such as iptables-legacy,nftables; one that cannot run here is refused',
    more: 'see Modes below',
  },
  ifUnsupported: {
    schema: z.enum(['refuse', 'skip']),
    fallback: 'refuse',
    flag: '--if-unsupported <what>',
    help: 'a mode that this machine cannot run: `refuse` the run, or `skip` the mode and say so everywhere',
  },
} as const satisfies Settings;

/** Where it is measured, and which kube-proxy. */
export const PLACE_SETTINGS = {
  testbed: {
    schema: z.enum(TESTBEDS),
    fallback: 'auto',
    flag: '--testbed <name>',
    help: 'where it is measured: `netns`, `vm`, `kind` or `cluster`; `auto`: the first of netns and vm that runs all modes',
  },
  'proxy.version': {
    schema: proxyVersion,
    fallback: DEFAULT_KUBE_PROXY_VERSION,
    flag: '--kube-proxy <version|path>',
    read: versionOrPath,
    help: 'the kube-proxy that is measured: a version, or the path of a binary',
    more: 'in a file the version stands in quotes, and the path is absolute',
    place: OWN_PROXY,
  },
  'proxy.serverProxy': {
    schema: z.boolean(),
    fallback: false,
    flag: '--server-proxy',
    help: "one more kube-proxy, on the server's node",
    place: { ...OWN_PROXY, testbeds: ['netns', 'vm', 'kind'] },
  },
} as const satisfies Settings;

/** What a series of runs goes over. */
export const SERIES_SETTINGS = {
  'axis.kernel': {
    schema: z
      .array(z.string().min(1, 'must be a kernel such as debian:trixie'))
      .min(1, 'needs at least one kernel')
      .optional(),
    flag: '--kernels <specs>',
    read: listOf(text),
    help: 'one run for each of these kernels, and their comparison: debian:bookworm,debian:trixie',
    place: { testbeds: ['vm'], because: 'another kernel needs a guest' },
  },
  'axis.kubeProxy': {
    schema: z.array(proxyVersion).min(1, 'needs at least one version').optional(),
    flag: '--kube-proxies <versions>',
    read: listOf(versionOrPath),
    help: 'one run for each of these versions of kube-proxy, and their comparison: 1.31.4,1.36.3',
    place: OWN_PROXY,
  },
} as const satisfies Settings;
