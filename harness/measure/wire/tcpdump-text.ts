/** What tcpdump says on stderr, when asked (SIGUSR1) and at its end. */
export interface TcpdumpCounts {
  readonly captured: number;
  /** Packets that passed the filter, those included that tcpdump has not read yet and those that the kernel dropped. */
  readonly received: number;
  readonly dropped: number;
}

/** "tcpdump: listening on eth0, link-type …": from here on packets are taken. */
export function isListening(stderr: string): boolean {
  return /listening on .*link-type/.test(stderr);
}

/**
 * The last whole report in tcpdump's stderr. SIGUSR1 gives one line ("tcpdump: 5 packets captured, 5 packets received by filter, 0 packets dropped by
 * kernel"), the end gives three. `null` when there is none yet.
 */
export function parseLastCounts(stderr: string): TcpdumpCounts | null {
  const report =
    /(\d+) packets? captured[,\s]+(\d+) packets? received by filter[,\s]+(\d+) packets? dropped by kernel/g;
  const last = [...stderr.matchAll(report)].at(-1);
  return last === undefined ? null : { captured: Number(last[1]), received: Number(last[2]), dropped: Number(last[3]) };
}

/** "tcpdump version 4.99.3" of `tcpdump --version` → "tcpdump 4.99.3". */
export function parseTcpdumpVersion(text: string): string {
  return `tcpdump ${/^tcpdump version (\S+)/m.exec(text)?.[1] ?? 'of unknown version'}`;
}
