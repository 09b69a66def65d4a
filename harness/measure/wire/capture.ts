import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EnvironmentError } from '../../errors.ts';
import type { LoadTarget } from '../../model/load.ts';
import type { WireResult } from '../../model/wire.ts';
import { type Exec, formatCommand, systemExec } from '../../system/exec.ts';
import { patientMs } from '../../system/patience.ts';
import { readThreadCpuUs } from '../process-cpu.ts';
import { type CaptureReading, readCapture } from './read-capture.ts';
import { isListening, parseLastCounts, parseTcpdumpVersion, type TcpdumpCounts } from './tcpdump-text.ts';
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
  /** Where the capture file stands while it is written; it is removed after the reading. About 200 bytes per connection. */
  readonly directory: string;
  readonly targets: readonly LoadTarget[];
  readonly signal: AbortSignal;
  readonly exec?: Exec;
}

/** Head of Ethernet, IPv4 and TCP: 54 bytes, and room for tags and options. */
const SNAPSHOT_BYTES = 96;
/** The ring between kernel and tcpdump: 4 MiB hold 25,000 packets, 12 s of a load of 1,000 connections/s. */
const BUFFER_KIB = 4096;
const SYN_FILTER = 'tcp[tcpflags] & tcp-syn != 0';
const START_DEADLINE_MS = patientMs(5000);
/** TPACKET_V3 hands a block over when it is full or after libpcap's time-out of 1 s. */
const DRAIN_DEADLINE_MS = patientMs(4000);

let captures = 0;

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
  const tool = parseTcpdumpVersion((await (options.exec ?? systemExec).run(['tcpdump', '--version'])).stdout);
  captures += 1;
  const path = join(options.directory, `syn-${process.pid}-${captures}.pcap`);
  const command = tcpdumpCommand(options, path);
  const [file = '', ...args] = command;
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], signal: options.signal });
  const tcpdump = new Tcpdump(child, command);
  try {
    await tcpdump.waitFor(isListening, START_DEADLINE_MS, 'did not begin to listen');
  } catch (error) {
    await tcpdump.stop();
    await rm(path, { force: true });
    throw error;
  }
  return new FileCapture(tcpdump, path, tool, options);
}

/** The process: its stderr so far, and its end. */
class Tcpdump {
  readonly #child: ChildProcess;
  readonly #command: readonly string[];
  readonly #ended: Promise<unknown>;
  #stderr = '';
  #running = true;
  #wake: () => void = () => {};

  constructor(child: ChildProcess, command: readonly string[]) {
    this.#child = child;
    this.#command = command;
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stderr += chunk;
      this.#wake();
    });
    this.#ended = once(child, 'close')
      .catch((error: Error) => {
        this.#stderr += error.message;
      })
      .finally(() => {
        this.#running = false;
        this.#wake();
      });
  }

  /** 0 when it could not be started at all, which `waitFor` tells. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  cpuUs(): number | null {
    return readThreadCpuUs(this.pid);
  }

  counts(): TcpdumpCounts | null {
    return parseLastCounts(this.#stderr);
  }

  /** Resolves when stderr satisfies `isReached`; rejects with EnvironmentError when the process ends first or time runs out. */
  async waitFor(isReached: (stderr: string) => boolean, deadlineMs: number, failure: string): Promise<void> {
    const expired = AbortSignal.timeout(deadlineMs);
    while (!isReached(this.#stderr)) {
      if (!this.#running || expired.aborted) throw this.#failure(failure);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        expired.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  /** Asks for the counts so far, without ending. */
  async askCounts(deadlineMs: number): Promise<TcpdumpCounts | null> {
    const length = this.#stderr.length;
    this.#child.kill('SIGUSR1');
    await this.waitFor(
      (stderr) => parseLastCounts(stderr.slice(length)) !== null,
      deadlineMs,
      'did not tell its counts',
    );
    return this.counts();
  }

  /** SIGINT makes tcpdump write what it holds and tell its counts. */
  async stop(): Promise<void> {
    if (this.#running) this.#child.kill('SIGINT');
    await this.#ended;
  }

  #failure(what: string): EnvironmentError {
    const text = this.#stderr.trim().slice(-2000);
    return new EnvironmentError(
      `tcpdump ${what}: ${text || 'it said nothing'}\n  ${formatCommand(this.#command)}`,
      'measure without the wire: set "wire: false" in the scenario\'s "measure"',
    );
  }
}

class FileCapture implements ProcessCapture {
  readonly #tcpdump: Tcpdump;
  readonly #path: string;
  readonly #tool: string;
  readonly #options: WireCaptureOptions;
  readonly #cpuAtStartUs: number | null;

  constructor(tcpdump: Tcpdump, path: string, tool: string, options: WireCaptureOptions) {
    this.#tcpdump = tcpdump;
    this.#path = path;
    this.#tool = tool;
    this.#options = options;
    this.#cpuAtStartUs = tcpdump.cpuUs();
  }

  get pid(): number {
    return this.#tcpdump.pid;
  }

  async finish(phase: LoadPhase): Promise<WireResult> {
    await this.#drain();
    const cpuAtEndUs = this.#tcpdump.cpuUs();
    await this.#tcpdump.stop();
    const counts = this.#tcpdump.counts();
    if (counts === null)
      throw new EnvironmentError('tcpdump ended without its counts', 'see whether something killed it');
    const reading = await readCapture(this.#path, this.#options.targets, phase);
    await rm(this.#path, { force: true });
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
    await this.#tcpdump.stop();
    await rm(this.#path, { force: true });
  }

  /** Until tcpdump has read all packets that passed its filter: ended before, it would lose the kernel's unfinished block. */
  async #drain(): Promise<void> {
    const deadlineMs = performance.now() + DRAIN_DEADLINE_MS;
    while (performance.now() < deadlineMs) {
      const counts = await this.#tcpdump.askCounts(DRAIN_DEADLINE_MS);
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
