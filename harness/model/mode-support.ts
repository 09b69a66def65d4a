import type { Mode } from './mode.ts';
import type { Reason } from './reason.ts';

/** Can this kernel run that mode? Asked before anything starts. */
export type ModeSupport =
  | { readonly mode: Mode; readonly supported: true }
  | { readonly mode: Mode; readonly supported: false; readonly reason: Reason };
