/** One line "-A" of iptables-save, with its counter when the dump has them (-c). */
export interface IptablesRule {
  readonly chain: string;
  /** Packets that the rule matched; `null` in a dump without counters. */
  readonly packets: number | null;
  /** Where `-j` or `-g` leads: a chain or a target such as DNAT; `null` for a rule without. */
  readonly target: string | null;
  readonly goto: boolean;
}

const RULE = /^(?:\[(\d+):\d+\] )?-A (\S+)/;
const QUOTED = /"(?:[^"\\]|\\.)*"/g;
/** Options whose word somebody chose; iptables-save leaves the quotes out around letters, digits, "-" and "_". */
const CHOSEN = / --(?:comment|name|string|hex-string|hashlimit-name|nfacct-name|log-prefix|nflog-prefix) +\S+/g;
// Options of the target come behind it.
const TARGET = / -([jg]) (\S+)/;
const PROTOCOL = /(?<!!) -p (\S+)/;
/** Where iptables finds no name for one. */
const PROTOCOL_NUMBERS: Readonly<Record<string, string>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' };
const DESTINATION = /(?<!!) -d ([^\s/!]+)(?:\/(?:32|128|255\.255\.255\.255))?(?: |$)/;
const PORT = /(?<!!) --dport (\d+)(?: |$)/;

/** Whether a line is a rule at all: cheaper than parsing it. */
export function isRuleLine(line: string): boolean {
  return line.startsWith('-A ') || line.startsWith('[');
}

/** Whether a quoted text goes on in the next line: a comment may hold line breaks, and iptables-save prints them as they are. */
export function hasOpenQuote(line: string): boolean {
  return line.includes('"') && line.replaceAll(QUOTED, '').includes('"');
}

/** A rule without the texts that people wrote: a comment may read like a rule. */
function withoutTexts(line: string): string {
  return (line.includes('"') ? line.replaceAll(QUOTED, '""') : line).replaceAll(CHOSEN, '');
}

/** The chain that a rule line is in, without parsing the rest; '' for other lines. */
export function chainOfRule(line: string): string {
  const start = line.startsWith('-A ') ? 3 : line.indexOf('] -A ') + 5;
  if (start === 4) return '';
  const end = line.indexOf(' ', start);
  return line.slice(start, end < 0 ? undefined : end);
}

/** A line of iptables-save → its rule; `null` for tables, chains, comments and COMMIT. */
export function parseIptablesRule(line: string): IptablesRule | null {
  const head = RULE.exec(line);
  if (head === null) return null;
  const target = TARGET.exec(withoutTexts(line));
  return {
    chain: head[2] ?? '',
    packets: head[1] === undefined ? null : Number(head[1]),
    target: target?.[2] ?? null,
    goto: target?.[1] === 'g',
  };
}

/**
 * What a rule of KUBE-SERVICES is for: "address:port" for TCP, "address:port/udp" (or sctp) for others, because DNS has both on one port; an IPv6
 * address is in brackets. `null` when the rule has no single destination and port.
 */
export function serviceOfRule(line: string): string | null {
  const bare = withoutTexts(line);
  const address = DESTINATION.exec(bare)?.[1];
  const port = PORT.exec(bare)?.[1];
  if (address === undefined || port === undefined) return null;
  const told = PROTOCOL.exec(bare)?.[1] ?? 'tcp';
  const protocol = PROTOCOL_NUMBERS[told] ?? told;
  const place = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  return protocol === 'tcp' ? place : `${place}/${protocol}`;
}

/** KUBE-SVC, KUBE-SVL (internalTrafficPolicy Local), KUBE-XLB and KUBE-FW of older, KUBE-EXT of newer versions. */
const SERVICE_CHAIN = /^KUBE-(?:SVC|SVL|FW|XLB|EXT)-/;

/** Whether a rule leads to one Service: userspace mode sends packets to a port of its own instead of to a chain. */
export function isServiceJump({ chain, target }: IptablesRule): boolean {
  if (target === null) return false;
  return chain === 'KUBE-PORTALS-CONTAINER' ? /^(?:REDIRECT|DNAT)$/.test(target) : SERVICE_CHAIN.test(target);
}
