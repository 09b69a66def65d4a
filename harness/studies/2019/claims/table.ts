import type { ClaimFinding } from '../../../model/study.ts';
import { type Claim, type ClaimContext, decideClaim } from './claim.ts';
import { k01 } from './k01.ts';
import { k02 } from './k02.ts';
import { k03 } from './k03.ts';
import { k04 } from './k04.ts';
import { k05 } from './k05.ts';
import { k06 } from './k06.ts';
import { k07 } from './k07.ts';
import { k08 } from './k08.ts';
import { k09 } from './k09.ts';
import { k10 } from './k10.ts';
import { k11 } from './k11.ts';
import { s01 } from './s01.ts';
import { s02 } from './s02.ts';
import { s03 } from './s03.ts';
import { s04 } from './s04.ts';
import { s05 } from './s05.ts';
import { s06 } from './s06.ts';
import { s07 } from './s07.ts';
import { s08 } from './s08.ts';
import { s09 } from './s09.ts';
import { s10 } from './s10.ts';
import { s11 } from './s11.ts';
import { s12 } from './s12.ts';
import { s13 } from './s13.ts';
import { s14 } from './s14.ts';

/** Every claim of the study (S) and of the notes that came with it (K), in the order of a report. A new claim is one file and one entry. */
export const CLAIMS: readonly Claim[] = [
  s01,
  s02,
  s03,
  s04,
  s05,
  s06,
  s07,
  s08,
  s09,
  s10,
  s11,
  s12,
  s13,
  s14,
  k01,
  k02,
  k03,
  k04,
  k05,
  k06,
  k07,
  k08,
  k09,
  k10,
  k11,
];

/** Every claim with its verdict. */
export function decideClaims(context: ClaimContext): ClaimFinding[] {
  return CLAIMS.map((claim) => decideClaim(claim, context));
}
