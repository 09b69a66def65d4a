import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchError, EXIT, type ExitCode, UsageError } from '../errors.ts';
import { askGuest } from '../launch/guest/ask-guest.ts';
import { findOfferedModes } from '../launch/guest/offered-modes.ts';
import { prepareGuest } from '../launch/guest/prepare-guest.ts';
import { LISTED_MODES, modeOf } from '../mode/table.ts';
import { findModeVersionReason } from '../mode/version.ts';
import { fetchKernel, findCachedKernel, findKernel } from '../supply/kernel/find-kernel.ts';
import type { Kernel } from '../supply/kernel/kernel.ts';
import {
  DEBIAN_SUITES,
  DEFAULT_KERNEL_WORD,
  formatKernelSpec,
  type KernelSpec,
  parseKernelSpec,
} from '../supply/kernel/kernel-spec.ts';
import { DEFAULT_KUBE_PROXY_VERSION } from '../supply/kube-proxy/version.ts';
import { ensurePrerequisites } from '../supply/packages/ensure.ts';
import { OF_A_GUEST } from '../supply/packages/prerequisites.ts';
import type { CommandWorld } from '../system/world.ts';
import { makeSetup } from './setup-world.ts';

export interface KernelsOptions {
  /** Specs to fetch first. */
  readonly fetch: readonly string[];
  /** Start every kernel that is here, and ask it. */
  readonly boot: boolean;
  /** May packages be installed that are missing? */
  readonly install: boolean;
  readonly archive: string | null;
  readonly json: boolean;
}

/** One line of the list. */
interface KernelLine {
  readonly word: string;
  readonly isDefault: boolean;
  readonly state: 'cached' | 'installed' | 'not fetched' | 'not installed';
  readonly release: string | null;
  readonly origin: string | null;
  /** By its configuration; `null` when it is not here to be read. */
  readonly modes: readonly string[] | null;
  readonly lacks: readonly { readonly mode: string; readonly why: string }[];
  /** Only with `--boot`. */
  readonly booted:
    | { readonly release: string; readonly seconds: number; readonly execution: string }
    | { readonly failed: string }
    | null;
}

/** Those that a kube-proxy of today has. */
const MODES = LISTED_MODES.filter(
  (mode) => modeOf(mode).proxyWord !== null && findModeVersionReason(mode, DEFAULT_KUBE_PROXY_VERSION) === null,
);

/** `npm run kernels`: the kernels that are known, which of them are here, and the modes of each. Exit 3 when one that is here does not start (`--boot`). */
export async function runKernels(options: KernelsOptions, world: CommandWorld): Promise<ExitCode> {
  for (const word of options.fetch) await fetchOne(word, options, world);
  const specs: KernelSpec[] = [...DEBIAN_SUITES.map((suite) => ({ kind: 'debian', suite }) as const), { kind: 'host' }];
  const lines: KernelLine[] = [];
  for (const spec of specs) {
    world.signal.throwIfAborted();
    lines.push(await describe(spec, options, world));
  }
  world.streams.stdout.write(options.json ? `${JSON.stringify(lines, null, 2)}\n` : formatKernels(lines));
  return lines.some((line) => line.booted !== null && 'failed' in line.booted) ? EXIT.environment : EXIT.ok;
}

async function fetchOne(word: string, options: KernelsOptions, world: CommandWorld): Promise<void> {
  const spec = parseKernelSpec(word);
  if (spec.kind !== 'debian')
    throw new UsageError(
      `${word} is ${spec.kind === 'host' ? 'here already' : 'a path'}: only Debian's kernels are fetched`,
      `npm run kernels -- --fetch ${DEFAULT_KERNEL_WORD}`,
    );
  await fetchKernel(spec.suite, {
    exec: world.exec,
    env: world.env,
    ...(options.archive === null ? {} : { archive: options.archive }),
    onProgress: (text) => void world.streams.stderr.write(`${text}\n`),
    signal: world.signal,
  });
}

async function describe(spec: KernelSpec, options: KernelsOptions, world: CommandWorld): Promise<KernelLine> {
  const kernel = await lookUp(spec, world);
  const word = formatKernelSpec(spec);
  const isDefault = word === DEFAULT_KERNEL_WORD;
  if (kernel === null) {
    const state = spec.kind === 'debian' ? 'not fetched' : 'not installed';
    return { word, isDefault, state, release: null, origin: null, modes: null, lacks: [], booted: null };
  }
  const support = await findOfferedModes(kernel, MODES);
  return {
    word,
    isDefault,
    state: spec.kind === 'debian' ? 'cached' : 'installed',
    release: kernel.release,
    origin: kernel.origin,
    modes: support.filter((one) => one.supported).map((one) => one.mode.id),
    lacks: support.flatMap((one) => (one.supported ? [] : [{ mode: one.mode.id, why: one.reason.message }])),
    booted: options.boot ? await bootOne(kernel, options, world) : null,
  };
}

/** `null` when it is not here. */
async function lookUp(spec: KernelSpec, world: CommandWorld): Promise<Kernel | null> {
  if (spec.kind === 'debian') return findCachedKernel(spec.suite, world.env);
  try {
    return await findKernel(spec, { exec: world.exec, env: world.env, onProgress: () => undefined });
  } catch (error) {
    if (error instanceof BenchError) return null;
    throw error;
  }
}

async function bootOne(kernel: Kernel, options: KernelsOptions, world: CommandWorld): Promise<KernelLine['booted']> {
  const say = (text: string) => void world.streams.stderr.write(`${text}\n`);
  const directory = await mkdtemp(join(tmpdir(), 'bench-kernel-'));
  const started = performance.now();
  try {
    await ensurePrerequisites(OF_A_GUEST, makeSetup(options, world));
    const size = { cpus: 2, memoryMib: 1024 };
    const guest = await prepareGuest({ kernel, size, exec: world.exec, env: world.env, directory });
    const answer = await askGuest(guest, MODES, { directory, env: world.env, say, signal: world.signal });
    const lacking = answer.modes.filter((one) => one.reason !== null);
    for (const { mode, reason } of lacking) say(`${kernel.release}: ${mode.id}: ${reason?.message}`);
    const seconds = (performance.now() - started) / 1000;
    return { release: answer.release, seconds, execution: guest.execution };
  } catch (error) {
    if (!(error instanceof BenchError) || world.signal.aborted) throw error;
    return { failed: error.message };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The list for people; pure. */
function formatKernels(lines: readonly KernelLine[]): string {
  const rows = lines.map((line) => {
    const mark = line.isDefault ? ' (default)' : '';
    const modes = line.modes === null ? '' : line.modes.join(', ');
    return [`${line.word}${mark}`, line.state, line.release ?? '', modes];
  });
  const table = [['kernel', 'here', 'release', 'modes'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const text = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const lacks = lines.flatMap((line) => line.lacks.map(({ mode, why }) => `  ${line.word} lacks ${mode}: ${why}`));
  const boots = lines.flatMap((line) => formatBoot(line));
  const hint = lines.some((line) => line.state === 'not fetched')
    ? ['', 'A kernel is fetched when a run asks for it, or with: npm run kernels -- --fetch debian:trixie']
    : [];
  return `${[...text, ...lacks, ...boots, ...hint].join('\n')}\n`;
}

function formatBoot({ word, booted }: KernelLine): readonly string[] {
  if (booted === null) return [];
  if ('failed' in booted) return [`  ${word} does not start: ${booted.failed}`];
  return [
    `  ${word} starts: ${booted.release}, asked for its modes in ${booted.seconds.toFixed(0)} s, ${booted.execution}`,
  ];
}
