import { parseGoDurationMs } from '../../dataplane/kube-proxy/go-duration.ts';
import type { Reason } from '../../model/reason.ts';
import type { NodeFacts } from '../kubernetes-shared/place.ts';
import { type ProxySettings, readConfigz } from './proxy-settings.ts';

/** What of kube-proxy can be seen on the client's node. */
export interface KnownOfProxy {
  readonly hasPages: boolean;
  /** Where its pages were looked for: "127.0.0.1:10249". */
  readonly tried: readonly string[];
  readonly hasProcess: boolean;
  readonly hasLog: boolean;
  /** Processes that may do its work. */
  readonly routers: readonly string[];
}

interface ProxyView {
  /** "context blue" */
  readonly where: string;
  readonly known: KnownOfProxy;
  readonly facts: Pick<NodeFacts, 'effectiveConfig' | 'proxyMode'>;
}

/** What a reader must know of this kube-proxy before any number: what is not seen of it, and how it was set. Pure. */
export function describeProxy(view: ProxyView): readonly Reason[] {
  return [...describePages(view), ...describeProcess(view), ...describeLog(view), ...describeSettings(view)];
}

function describePages({ where, known }: ProxyView): readonly Reason[] {
  if (known.hasPages) return [];
  return [
    {
      code: 'no-kube-proxy-metrics',
      message: `${where}: it is not checked with kube-proxy that all Services are programmed, because its metrics are not at ${known.tried.join(' or ')} of the client's node: that rests on the targets' answers; syncs in trials and the time to programme are unknown`,
      remedy:
        'say where they are (--proxy-metrics PORT or ADDRESS:PORT), or name a Prometheus that scrapes them (kubernetes.prometheus)',
    },
  ];
}

function describeProcess({ where, known: { hasProcess, routers } }: ProxyView): readonly Reason[] {
  if (hasProcess) return [];
  const others = routers.length === 0 ? '' : `; ${routers.join(', ')} runs there, which may do its work`;
  return [
    {
      code: 'no-kube-proxy-process',
      message: `${where}: kube-proxy's CPU and memory are unknown, because no process on the client's node has its name${others}`,
      remedy: 'hold the CPU of the whole node against it; its classes are measured',
    },
  ];
}

/** Where there is no process of its name there is no pod of it either, which is told. */
function describeLog({ where, known: { hasLog, hasPages, hasProcess } }: ProxyView): readonly Reason[] {
  if (hasLog || !hasProcess) return [];
  return [
    {
      code: 'no-kube-proxy-log',
      message: `${where}: what kube-proxy complains of is not known from its log, which cannot be read${hasPages ? '; its counters of failures are' : ''}`,
      remedy: 'grant what infra/kubernetes/rbac.yaml grants (get pods/log in kube-system)',
    },
  ];
}

function describeSettings({ where, facts }: ProxyView): readonly Reason[] {
  const settings = facts.effectiveConfig === null ? null : readConfigz(facts.effectiveConfig);
  if (settings === null)
    return [
      {
        code: 'proxy-settings-unknown',
        message: `${where}: how kube-proxy is set (minSyncPeriod, masqueradeAll, scheduler) is unknown: neither its page /configz nor its ConfigMap in kube-system can be read`,
        remedy:
          'grant what infra/kubernetes/rbac.yaml grants, or hold its settings against those of the other side yourself',
      },
    ];
  const unusual = listUnusual(settings, facts.proxyMode ?? modeOf(settings));
  if (unusual.length === 0) return [];
  return [
    {
      code: 'proxy-settings',
      message: `${where}: kube-proxy is not set as it comes: ${unusual.join('; ')}`,
      remedy: 'compare it with a mode that is set alike',
    },
  ];
}

/** An empty mode is iptables, as kube-proxy takes it on Linux. */
function modeOf({ mode }: ProxySettings): string {
  return typeof mode === 'string' && mode !== '' ? mode : 'iptables';
}

/** kube-proxy's own period between two syncs in iptables and nftables mode (pkg/proxy/apis/config/v1alpha1/defaults.go); ipvs has none. */
const USUAL_PERIOD_MS = 1000;

/** Settings that move what is measured, of the mode that runs. Pure. */
function listUnusual(settings: ProxySettings, mode: string): readonly string[] {
  const section = sectionOf(settings, mode);
  // ipvs takes this one from the section of iptables.
  const { masqueradeAll } = sectionOf(settings, mode === 'nftables' ? 'nftables' : 'iptables');
  const { minSyncPeriod } = section;
  const periodMs = typeof minSyncPeriod === 'string' ? (parseGoDurationMs(minSyncPeriod) ?? 0) : 0;
  const { scheduler } = section;
  return [
    ...(periodMs > USUAL_PERIOD_MS
      ? [
          `${mode}.minSyncPeriod is ${minSyncPeriod}, and a change waits up to that long, which is in the time to programme`,
        ]
      : []),
    ...(masqueradeAll === true
      ? ['masqueradeAll is on, so that every connection to a Service gets another source address']
      : []),
    ...(mode === 'ipvs' && typeof scheduler === 'string' && !['', 'rr'].includes(scheduler)
      ? [`its scheduler is ${scheduler}`]
      : []),
  ];
}

function sectionOf(settings: ProxySettings, name: string): Readonly<Record<string, unknown>> {
  const section = settings[name];
  return typeof section === 'object' && section !== null ? (section as Readonly<Record<string, unknown>>) : {};
}
