import type { Flag, FlagPlace } from '../model/setting.ts';
import { DEBIAN_ARCHIVE } from '../supply/kernel/debian-archive.ts';
import { DEFAULT_KERNEL_WORD } from '../supply/kernel/kernel-spec.ts';
import { RELEASE_BASE } from '../supply/kube-proxy/release-download.ts';
import { OWN_PROXY, SERIES_SETTINGS } from './compared-settings.ts';

const GUEST_SIZE: FlagPlace = { testbeds: ['vm'], because: 'it is the size of a guest' };

/** Flags of `bench` that are no setting of a scenario: which run it is, how it is carried out, and what is done with it. */
export const RUN_FLAGS: readonly Flag[] = [
  { flag: '--scenario <name|path>', help: 'what to measure: a name from scenarios/, or the path of a file' },
  { flag: '--resume <run>', help: 'go on with an unfinished run: its path, its id, or "latest"' },
  { flag: '--json', help: 'events for machines on standard output, one JSON object a line' },
  {
    flag: '--keep',
    help: 'leave what was built (clusters) standing at the end',
    place: { testbeds: ['kind', 'cluster'], because: 'elsewhere nothing is left that could be kept' },
  },
  { flag: '--no-install', help: 'install no package: say what is missing and end, or leave modes out' },
  { flag: '--runs-dir <dir>', help: 'where the run is kept', otherwise: 'reports/runs' },
  {
    flag: '--release-base <url>',
    help: 'where kube-proxy releases are downloaded from',
    otherwise: RELEASE_BASE,
    place: { ...OWN_PROXY, isHint: true },
  },
];

/** The same for the guest that testbed vm measures in. */
export const GUEST_FLAGS: readonly Flag[] = [
  {
    flag: '--kernel <spec>',
    help: 'debian:bookworm and its like (`npm run kernels`), host, or the path of a vmlinuz',
    otherwise: DEFAULT_KERNEL_WORD,
    place: SERIES_SETTINGS['axis.kernel'].place,
  },
  {
    flag: '--vcpus <number>',
    help: "the guest's CPUs",
    otherwise: "the machine's, at most 8",
    place: GUEST_SIZE,
  },
  {
    flag: '--memory <amount>',
    help: "the guest's memory: 4G",
    otherwise: 'by the number of Services',
    place: GUEST_SIZE,
  },
  {
    flag: '--debian-archive <url>',
    help: 'where kernels of Debian are fetched from',
    otherwise: DEBIAN_ARCHIVE,
    place: { testbeds: ['vm'], because: 'kernels are fetched for a guest', isHint: true },
  },
];
