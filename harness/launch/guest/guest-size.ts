import { availableParallelism } from 'node:os';
import { UsageError } from '../../errors.ts';
import { isFloor } from '../../mode/table.ts';
import type { Scenario } from '../../model/scenario.ts';

/** A guest's CPUs and memory. */
export interface GuestSize {
  readonly cpus: number;
  readonly memoryMib: number;
}

/** The guest's kernel, its tools, Node, ten NGINX and the harness; measured at one Service: 0.6 GiB. */
const BASE_MIB = 1536;
/** Of one endpoint in one mode: kube-proxy's copy, the kernel's rules (twice while they are replaced), the tool that writes them. */
const BYTES_PER_ENDPOINT = 8192;
const STEP_MIB = 512;
/** More than a guest of this program could use; a slip of the finger, then. */
const MOST_MIB = 1024 * 1024;

/** What fits a scenario: all of the machine's CPUs (the load and the node share them, as in netns) up to 8, and memory by the size of its largest table. */
export function defaultGuestSize(scenario: Scenario, cores: number = availableParallelism()): GuestSize {
  const services = scenario.sizesServices.at(-1) ?? 1;
  const tables = scenario.modes.filter((mode) => !isFloor(mode)).length;
  const tablesMib = (services * scenario.endpointsPerService * tables * BYTES_PER_ENDPOINT) / 2 ** 20;
  return { cpus: Math.min(cores, 8), memoryMib: Math.ceil((BASE_MIB + tablesMib) / STEP_MIB) * STEP_MIB };
}

/** "4G", "4096M" → MiB. */
export function parseMemoryMib(word: string): number {
  const match = /^(\d+)([MG])(?:iB?)?$/i.exec(word);
  const memoryMib = Number(match?.[1]) * (match?.[2]?.toUpperCase() === 'G' ? 1024 : 1);
  if (match === null || memoryMib < 512 || memoryMib > MOST_MIB)
    throw new UsageError(`--memory ${word}: not an amount of memory from 512M to 1024G`, 'such as --memory 4G');
  return memoryMib;
}

/** "2" → 2, at most 255 (what QEMU's q35 takes without more ado). */
export function parseCpus(word: string): number {
  const cpus = Number(word);
  if (!/^\d+$/.test(word) || cpus < 1 || cpus > 255)
    throw new UsageError(`--vcpus ${word}: not a number of CPUs from 1 to 255`, 'such as --vcpus 2');
  return cpus;
}
