import type { Policy } from '../../model/policy.ts';

/** The name of a policy in scenario files, journals and charts. */
export function policyId(policy: Policy): string {
  if (policy.kind === 'per-request') return 'per-request';
  return policy.requests === null ? 'keepalive' : `keepalive-${policy.requests}`;
}

/** Text of a scenario file or flag → policy; `null` when it is none. */
export function parsePolicy(text: string): Policy | null {
  if (text === 'per-request') return { kind: 'per-request' };
  if (text === 'keepalive') return { kind: 'keepalive', requests: null };
  const match = /^keepalive-([1-9][0-9]{0,6})$/.exec(text);
  if (match === null || match[1] === '1') return null;
  return { kind: 'keepalive', requests: Number(match[1]) };
}
