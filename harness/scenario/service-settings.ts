import { z } from 'zod';
import { DEFAULT_ENDPOINT_RANGE, DEFAULT_SERVICE_RANGE, ENDPOINT_CANDIDATES } from '../model/address-ranges.ts';
import { wholeNumber } from '../model/flag-words.ts';
import { count } from '../model/quantity-words.ts';
import type { Settings } from '../model/setting.ts';
import { ipv4Range } from './ranges.ts';

/** What the tables hold. */
export const SERVICE_SETTINGS = {
  endpoints: {
    schema: count(1000),
    fallback: 10,
    flag: '--endpoints <number>',
    read: wholeNumber,
    help: 'endpoints of each Service',
  },
  backends: {
    schema: z.enum(['distinct', 'shared', 'pods']),
    fallback: 'distinct',
    flag: '--backends <kind>',
    help: 'endpoints of Services without load: `distinct` synthetic ones, `shared`: the same ten real pods, `pods` of their own',
  },
  'ranges.services': {
    schema: ipv4Range.optional(),
    otherwise: DEFAULT_SERVICE_RANGE,
    flag: '--service-range <cidr>',
    help: 'addresses of Services, an IPv4 range',
    more: "in `kind` 10.96.0.0/16 unless given; testbed `cluster`: how large the cluster's own range is, where it does not tell",
  },
  'ranges.endpoints': {
    schema: ipv4Range.optional(),
    otherwise: DEFAULT_ENDPOINT_RANGE,
    flag: '--endpoint-range <cidr>',
    help: 'addresses of synthetic endpoints, an IPv4 range',
    more: `in a cluster, unless given, the first of ${ENDPOINT_CANDIDATES.join(', ')} that nobody there has an address of`,
  },
} as const satisfies Settings;
