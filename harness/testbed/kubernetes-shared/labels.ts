import { MANAGED_BY, MANAGED_BY_LABEL } from '../../kubernetes/objects/labels.ts';
import { formatOwner, type Owner } from '../../system/owner.ts';

/** On everything that one run makes in a cluster: who made it, and from which machine. */
export const OWNER_LABEL = 'service-routing-bench/owner';
export const MACHINE_LABEL = 'service-routing-bench/machine';
/** `client`, `backend` or `counters`: what a pod is for; on kind's nodes `client` or `server`. */
export const ROLE_LABEL = 'service-routing-bench/role';

export type RunLabels = Readonly<Record<string, string>>;

export function makeRunLabels(owner: Owner, machine: string): RunLabels {
  return { [MANAGED_BY_LABEL]: MANAGED_BY, [OWNER_LABEL]: formatOwner(owner), [MACHINE_LABEL]: machine };
}
