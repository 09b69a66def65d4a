/**
 * How many iptables rules a new connection from a pod passes in Calico's filter chains, on the pod's own node. It does not
 * depend on the number of Services at all, which is the point that the study made with its third chart.
 *
 * The chains are those that Felix renders in iptables mode (projectcalico/calico, felix/rules: static.go
 * StaticFilterForwardChains, dispatch.go buildSingleDispatchChains, endpoints.go endpointIptablesChain, policy.go):
 *   FORWARD → cali-FORWARD → cali-from-wl-dispatch (a tree by the interface name's next character) → cali-fw-… → cali-po-…
 * Not counted, because they are the same for every packet: Calico's static chains in raw, mangle and nat.
 *
 * Assumptions: 30 pods on the node and 3 policies per pod (the study's numbers), one allow rule per policy, interface names
 * "cali" + 11 hexadecimal digits drawn at random (that is how they look), the packet allowed by the first, second or third policy
 * with equal chance, no host endpoints.
 */
export const CALICO_SOURCE =
  'Model, not measured: the chains that Felix renders (projectcalico/calico, felix/rules/static.go, dispatch.go, endpoints.go) for a pod’s ' +
  'outgoing connection, 30 pods per node and 3 policies of one rule per pod as in the study; Calico’s static chains in raw, mangle and nat are not counted.';

export interface CalicoShape {
  readonly podsPerNode: number;
  readonly policiesPerPod: number;
}

export const STUDY_CALICO: CalicoShape = { podsPerNode: 30, policiesPerPod: 3 };

const HEX_DIGITS = 16;

/** Jump from FORWARD; six rules of cali-FORWARD (clear mark, from and to host endpoints, from and to workloads, CIDR block); accept. */
const FORWARD_RULES = 1 + 6 + 1;

/** Of cali-fw-…: established, invalid, clear marks, drop VXLAN, drop IPIP, start of tier. */
const ENDPOINT_RULES = 6;

/** Jump to the policy, its rule as a mark and a return, and "return if accepted" behind it. */
const RULES_PER_POLICY = 4;

/**
 * Rules of the dispatch tree up to the pod's own, on average over random names. The root has one rule per first digit in use;
 * a digit that several pods share has a chain of its own with one rule per pod.
 */
export function averageDispatchRules(podsPerNode: number): number {
  const others = podsPerNode - 1;
  const digitUsedByOthers = 1 - ((HEX_DIGITS - 1) / HEX_DIGITS) ** others;
  const root = 1 + ((HEX_DIGITS - 1) / 2) * digitUsedByOthers;
  // In its own chain a pod stands behind half of the pods that share its digit; alone, it has none.
  const child = digitUsedByOthers + others / HEX_DIGITS / 2;
  return root + child;
}

/** The most: 15 digits with one pod each before the last digit, which holds all the rest. */
function mostDispatchRules(podsPerNode: number): number {
  return podsPerNode <= HEX_DIGITS ? podsPerNode : HEX_DIGITS + (podsPerNode - (HEX_DIGITS - 1));
}

/** Average, least and most rules per new connection. */
export function modelCalicoRules({ podsPerNode, policiesPerPod }: CalicoShape): {
  rules: number;
  lowRules: number;
  highRules: number;
} {
  const fixed = FORWARD_RULES + ENDPOINT_RULES;
  return {
    rules: fixed + averageDispatchRules(podsPerNode) + (RULES_PER_POLICY * (policiesPerPod + 1)) / 2,
    lowRules: fixed + 1 + RULES_PER_POLICY,
    highRules: fixed + mostDispatchRules(podsPerNode) + RULES_PER_POLICY * policiesPerPod,
  };
}
