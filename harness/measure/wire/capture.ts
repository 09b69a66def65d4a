import { setTimeout as delay } from 'node:timers/promises';
import type { LoadTarget } from '../../model/load.ts';
import type { WireResult } from '../../model/wire.ts';
import { type Exec, systemExec } from '../../system/exec.ts';
import { CapturePlace } from './capture-place.ts';
import { type CaptureReading, readCapture } from './read-capture.ts';
import { Tcpdump } from './tcpdump.ts';
import { isListening, parseTcpdumpVersion } from './tcpdump-text.ts';
import type { LoadPhase } from './wire-summary.ts';

/** A capture by a process of this machine, whose cost can be read under its pid: a testbed's RunningCapture. Disposing without finishing throws it away. */
export interface ProcessCapture extends AsyncDisposable {
  readonly pid: number;
  /** Ends the capture and reads it. Takes up to a second: the kernel hands its last, partly filled block of packets over that late. */
  finish(phase: LoadPhase): Promise<WireResult>;
}

export interface WireCaptureOptions {
  /** Words that put a command into the client's network namespace without a fork, such as `nsenter --net=/run/netns/client`. */
  readonly commandPrefix: readonly string[];
  readonly interface: string;
  /** Where the capture stands while it is written, unless that is hidden (capture-place.ts); it is removed after the reading. About 200 bytes per connection. */
  readonly directory: string;
  readonly targets: readonly LoadTarget[];
  /** How much longer than on bare metal anything takes here (model/slowness.ts). */
  readonly slowness: number;
  readonly signal: AbortSignal;
  readonly exec?: Exec;
}

/** Head of Ethernet, IPv4 and TCP: 54 bytes, and room for tags and options. */
const SNAPSHOT_BYTES = 96;
/** The ring between kernel and tcpdump: 4 MiB hold 25,000 packets, 12 s of a load of 1,000 connections/s. */
const BUFFER_KIB = 4096;
const SYN_FILTER = 'tcp[tcpflags] & tcp-syn != 0';
const START_DEADLINE_MS = 5000;
/** TPACKET_V3 hands a block over when it is full or after libpcap's time-out of 1 s. */
const DRAIN_DEADLINE_MS = 4000;

/**
 * -p: no promiscuous mode, which would touch the device. -Z root: tcpdump started by root becomes user `tcpdump`, who may not write into the run's folder.
 * No -U and no --immediate-mode: both wake tcpdump per packet and so disturb what is measured; `finish` waits for the kernel's buffer instead.
 */
function tcpdumpCommand(options: WireCaptureOptions, path: string): readonly string[] {
  return [
    ...options.commandPrefix,
    ...['tcpdump', '-i', options.interface, '-n', '-p', '-s', String(SNAPSHOT_BYTES), '-B', String(BUFFER_KIB)],
    ...['--time-stamp-precision=nano', '-Z', 'root', '-w', path, SYN_FILTER],
  ];
}

/**
 * Captures SYN and SYN/ACK of IPv4 at an interface; resolves once tcpdump listens. Rejects with EnvironmentError when it cannot (no tcpdump, no such interface,
 * a user namespace whose setgroups is denied: there tcpdump 4.99 refuses to run as root).
 */
export async function startWireCapture(options: WireCaptureOptions): Promise<ProcessCapture> {
  const tool = parseTcpdumpVersion(
    (await (options.exec ?? systemExec).run(['tcpdump', '--version'], { variables: 'laboratory' })).stdout,
  );
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await CapturePlace.make(options.directory));
  const tcpdump = new Tcpdump(tcpdumpCommand(options, place.packetsPath), place, options.signal);
  stack.defer(() => tcpdump.stop());
  await tcpdump.waitFor(isListening, START_DEADLINE_MS * options.slowness, 'did not begin to listen');
  return new FileCapture({ tcpdump, place, tool, options, stack: stack.move() });
}

class FileCapture implements ProcessCapture {
  readonly #tcpdump: Tcpdump;
  readonly #place: CapturePlace;
  readonly #tool: string;
  readonly #options: WireCaptureOptions;
  readonly #stack: AsyncDisposableStack;
  readonly #cpuAtStartUs: number | null;

  constructor(parts: {
    tcpdump: Tcpdump;
    place: CapturePlace;
    tool: string;
    options: WireCaptureOptions;
    stack: AsyncDisposableStack;
  }) {
    this.#tcpdump = parts.tcpdump;
    this.#place = parts.place;
    this.#tool = parts.tool;
    this.#options = parts.options;
    this.#stack = parts.stack;
    this.#cpuAtStartUs = parts.tcpdump.cpuUs();
  }

  get pid(): number {
    return this.#tcpdump.pid;
  }

  async finish(phase: LoadPhase): Promise<WireResult> {
    await this.#drain();
    const cpuAtEndUs = this.#tcpdump.cpuUs();
    await this.#tcpdump.stop();
    const counts = await this.#tcpdump.counts();
    if (counts === null) throw this.#tcpdump.failure('ended without its counts');
    const reading = await readCapture(this.#place.packetsPath, this.#options.targets, phase);
    await this.#stack.disposeAsync();
    return {
      tool: this.#tool,
      interface: this.#options.interface,
      targets: reading.targets,
      droppedPackets: counts.dropped,
      capturedPackets: counts.captured,
      captureCpuUs: captureCpuUs(this.#cpuAtStartUs, cpuAtEndUs, reading),
      slices: reading.slices,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  /** Until tcpdump has read all packets that passed its filter: ended before, it would lose the kernel's unfinished block. */
  async #drain(): Promise<void> {
    const timeMs = DRAIN_DEADLINE_MS * this.#options.slowness;
    const deadlineMs = performance.now() + timeMs;
    while (performance.now() < deadlineMs) {
      const counts = await this.#tcpdump.askCounts(timeMs);
      if (counts === null || counts.captured + counts.dropped >= counts.received) return;
      await delay(20);
    }
  }
}

/** tcpdump's CPU, the load phase's share of it by packets: it does nothing but packets. */
function captureCpuUs(startUs: number | null, endUs: number | null, reading: CaptureReading): number {
  if (startUs === null || endUs === null || reading.packets === 0) return 0;
  return (endUs - startUs) * (reading.packetsInPhase / reading.packets);
}
