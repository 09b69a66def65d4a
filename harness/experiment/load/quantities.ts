import { CPU_CLASSES, PROCESS_GROUPS, type ProcessGroup } from '../../model/counters.ts';
import {
  type Margin,
  type Quantity,
  type Question,
  STATISTICS,
  type Statistic,
  statisticName,
} from '../../model/quantity.ts';
import type { Scenario } from '../../model/scenario.ts';

export const LOAD = 'load';

interface Time {
  readonly id: string;
  readonly name: string;
  readonly short?: string;
  readonly meaning: string;
  /** Asked for all its statistics. */
  readonly asked: readonly Question[];
  /** Asked for its median, mean and p99 besides. */
  readonly shown: readonly Question[];
  /** Asked for one statistic besides. */
  readonly single?: Readonly<Partial<Record<Statistic, readonly Question[]>>>;
  readonly primary?: number;
  /** The word for it in `--fail-on`, where it is another. */
  readonly word?: string;
}

/** What a time is the time of: SYN to SYN/ACK on the wire, and what the client program saw, from sending or from when the request was due. */
const TIMES: readonly Time[] = [
  {
    id: 'handshake',
    name: 'handshake on the wire',
    short: 'handshake',
    meaning:
      "From the first SYN to its SYN/ACK, captured at the client's network interface. The kernel's own time for a new connection's first packet; the client program has no part in it.",
    asked: ['modes'],
    shown: ['sizes', 'runs'],
    single: { p50: ['line', 'overview-line'], mean: ['line'] },
    primary: 2,
  },
  {
    id: 'connect',
    name: 'connect',
    meaning: 'What the client program saw from connect() to the event that says the connection stands.',
    asked: ['modes'],
    shown: ['sizes', 'runs'],
    single: { p50: ['line'] },
  },
  {
    id: 'firstByte',
    name: 'first byte',
    meaning: "From sending (connecting included, where a connection had to be made) to the answer's first byte.",
    asked: ['modes'],
    shown: [],
  },
  {
    id: 'total',
    name: 'total',
    meaning: "From sending to the answer's last byte: the round-trip time that an application feels.",
    asked: ['modes'],
    shown: ['sizes', 'runs'],
    single: { p50: ['line'], mean: ['line'] },
    primary: 1,
    word: 'rtt',
  },
  {
    id: 'totalFromDue',
    name: 'total, from due',
    meaning: 'Total, counted from when the request was due, and so free of coordinated omission.',
    asked: ['modes'],
    shown: [],
  },
  {
    id: 'lateness',
    name: 'lateness of the client',
    meaning: 'How late the client itself sent: sent less due.',
    asked: [],
    shown: [],
  },
];

const SHOWN_STATISTICS: readonly Statistic[] = ['p50', 'mean', 'p99'];
const MEDIAN = 'p50';

const GROUP_NAMES: Readonly<Record<ProcessGroup, string>> = {
  'kube-proxy': 'kube-proxy and its children',
  nginx: 'NGINX',
  client: 'load client',
  capture: 'packet capture',
  harness: 'harness',
  'client-node': "client's node (its container)",
  'server-node': "servers' node (its container)",
  'control-plane': 'control plane (its container)',
};

function aliasesOf({ id, word }: Time, statistic: Statistic): string[] {
  const words = word === undefined ? [] : [`${word}.${statistic}`];
  return statistic === MEDIAN ? [...words, id, ...(word === undefined ? [] : [word])] : words;
}

function timeQuantity(time: Time, statistic: Statistic, margin: Margin): Quantity {
  const shown = SHOWN_STATISTICS.includes(statistic) ? time.shown : [];
  return {
    id: `${time.id}.${statistic}`,
    experiment: LOAD,
    name: `${statisticName(statistic)} ${time.name}`,
    short: `${time.short ?? time.name} ${statistic}`,
    meaning: time.meaning,
    unit: 'us',
    margin,
    primary: statistic === MEDIAN ? (time.primary ?? null) : null,
    asked: [...time.asked, ...shown, ...(time.single?.[statistic] ?? [])],
    distribution: { id: time.id, name: time.name, statistic },
    aliases: aliasesOf(time, statistic),
  };
}

const PLAIN = {
  experiment: LOAD,
  margin: { absolute: 0, ratio: 0 },
  primary: null,
  asked: [],
  distribution: null,
  aliases: [],
} satisfies Partial<Quantity>;

/** By class of the CPU's time, and by group of processes. */
const CPU_PARTS: readonly Quantity[] = [
  ...CPU_CLASSES.map((name) => ({
    ...PLAIN,
    id: `cpu.${name}`,
    name: `CPU over idle, ${name}`,
    short: `CPU ${name}`,
    meaning: `The part of the CPU over idle that the kernel counts as ${name}.`,
    unit: 'cores' as const,
  })),
  ...PROCESS_GROUPS.flatMap((group) => [
    {
      ...PLAIN,
      id: `cpu.${group}`,
      name: `CPU over idle of ${GROUP_NAMES[group]}`,
      short: GROUP_NAMES[group],
      meaning: `CPU over idle of one group of processes: ${GROUP_NAMES[group]}.`,
      unit: 'cores' as const,
    },
    {
      ...PLAIN,
      id: `memory.${group}`,
      name: `memory of ${GROUP_NAMES[group]}`,
      short: `memory, ${GROUP_NAMES[group]}`,
      meaning: `Resident memory of one group of processes: ${GROUP_NAMES[group]}.`,
      unit: 'bytes' as const,
    },
  ]),
];

function cpuQuantities(cpuCores: number): Quantity[] {
  return [
    {
      ...PLAIN,
      id: 'cpu',
      name: 'CPU over idle',
      short: 'CPU over idle',
      meaning:
        "Busy time of the client's node under load less the same in the silence just before, in percent of one core. Steal is not in it.",
      unit: 'cores',
      margin: { absolute: cpuCores, ratio: 0 },
      primary: 3,
      asked: ['modes', 'sizes', 'line', 'runs'],
    },
    {
      ...PLAIN,
      id: 'cpu.idle',
      name: 'CPU at idle',
      short: 'CPU at idle',
      meaning: 'Busy time of the node in the silence just before the load.',
      unit: 'cores',
    },
    {
      ...PLAIN,
      id: 'cpu.perConnection',
      name: 'CPU per new connection',
      short: 'CPU per connection',
      meaning: 'CPU time of the whole machine over idle, divided by the connections.',
      unit: 'us',
      asked: ['overview'],
    },
    {
      ...PLAIN,
      id: 'cpu.perRequest',
      name: 'CPU per request',
      short: 'CPU per request',
      meaning: 'CPU time of the whole machine over idle, divided by the requests.',
      unit: 'us',
    },
    ...CPU_PARTS,
  ];
}

/** Everything that a load trial measures, with the scenario's margins. */
export function listLoadQuantities({ margins }: Pick<Scenario, 'margins'>): Quantity[] {
  const { rttUs, handshakeUs, rttRatio: ratio, cpuCores } = margins;
  const marginOf = ({ id }: Time): Margin => ({ absolute: id === 'handshake' ? handshakeUs : rttUs, ratio });
  return [
    ...TIMES.flatMap((time) => STATISTICS.map((statistic) => timeQuantity(time, statistic, marginOf(time)))),
    {
      ...PLAIN,
      id: 'connectedToFirstByte.mean',
      name: 'mean connected to first byte',
      short: 'connected to first byte mean',
      meaning: 'First byte less connect, per request. A mean only, because quantiles do not subtract.',
      unit: 'us',
      margin: { absolute: rttUs, ratio },
      asked: ['modes'],
    },
    ...cpuQuantities(cpuCores),
  ];
}
