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
// The last -j or -g outside of a comment: nothing behind the target's own options looks like one.
const TARGET = / -([jg]) (\S+)(?: (?!-[jg] )[^"]*)?$/;
const SERVICE = / -d (\S+?)(?:\/(?:32|128))? .*--dport (\d+)/;

/** Whether a line is a rule at all: cheaper than parsing it. */
export function isRuleLine(line: string): boolean {
  return line.startsWith('-A ') || line.startsWith('[');
}

/** The chain that a rule line stands in, without parsing the rest; '' for other lines. */
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
  const target = TARGET.exec(line);
  return {
    chain: head[2] ?? '',
    packets: head[1] === undefined ? null : Number(head[1]),
    target: target?.[2] ?? null,
    goto: target?.[1] === 'g',
  };
}

/** "address:port" that a rule of KUBE-SERVICES is for; `null` when it has no destination and port. */
export function serviceOfRule(line: string): string | null {
  const match = SERVICE.exec(line);
  return match === null ? null : `${match[1]}:${match[2]}`;
}
