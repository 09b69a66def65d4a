import { stripVTControlCharacters } from 'node:util';
import type { RunEventOf, RunningDifference } from '../model/run-event.ts';

/** Whole numbers with thousands apart: 10,000. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** "1 Service", "10,000 Services" */
export function formatSize(sizeServices: number): string {
  return `${formatCount(sizeServices)} Service${sizeServices === 1 ? '' : 's'}`;
}

/** 95 s → "1:35"; from an hour on "1:01:35". */
export function formatClock(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = String(seconds % 60).padStart(2, '0');
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, '0')}:${rest}`;
}

/** "40 s", "6 min", "1 h 20 min": as exact as a look ahead can be. */
export function formatAhead(ms: number): string {
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 90) return `${Math.max(5, Math.ceil(seconds / 5) * 5)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** µs with one decimal, and the sign that a difference needs: "+61.2". */
function formatSignedUs(us: number): string {
  const text = us.toFixed(1);
  return us > 0 ? `+${text}` : text.replace('-', '−');
}

/** A difference's numbers: "+61.2 µs (58.0 to 64.4)", or from how many rounds on there is an interval (a run may never take them: no advice). The value takes at least `valueWidth` columns. */
export function formatDifference(difference: RunningDifference, valueWidth = 0): string {
  const { estimateUs, lowUs, highUs, rounds, missingRounds } = difference;
  const value = `${formatSignedUs(estimateUs)} µs`.padStart(valueWidth);
  if (lowUs === null || highUs === null) return `${value} (an interval from ${rounds + missingRounds} rounds on)`;
  return `${value} (${lowUs.toFixed(1).replace('-', '−')} to ${highUs.toFixed(1).replace('-', '−')})`;
}

/** `handshake.p50` as words: "handshake p50". */
export function formatQuantityId(id: string): string {
  return id.replace('.', ' ');
}

/** "iptables-legacy less nftables" */
export function formatPair({ modeId, referenceModeId }: RunningDifference): string {
  return `${modeId} less ${referenceModeId}`;
}

const ENDS: Readonly<Record<RunEventOf<'block-finished'>['because'], string>> = {
  'narrow-enough': 'narrow enough',
  'max-rounds': 'the most rounds asked for',
  'nothing-to-compare': 'nothing to compare',
  'budget-spent': 'its time was up',
  interrupted: 'interrupted',
  failed: 'failed',
};

/** How a size ended: "6 rounds, intervals within ±7.9 µs: narrow enough". */
export function formatBlockEnd(block: {
  rounds: number;
  widestUs: number | null;
  because: RunEventOf<'block-finished'>['because'];
}): string {
  const width = block.widestUs === null ? '' : `, intervals within ±${block.widestUs.toFixed(1)} µs`;
  return `${block.rounds} ${block.rounds === 1 ? 'round' : 'rounds'}${width}: ${ENDS[block.because]}`;
}

/** How a run ended: "complete: 48 trials (1 invalid) in 7:31, load for 61 % of the time". */
export function formatRunEnd(event: RunEventOf<'run-finished'>): string {
  const invalid = event.invalidTrials === 0 ? '' : ` (${event.invalidTrials} invalid)`;
  const share = event.totalMs === 0 ? 0 : Math.round((100 * event.loadMs) / event.totalMs);
  const why = event.statusReason === null ? '' : ` (${oneLine(event.statusReason)})`;
  return `${event.status}${why}: ${formatCount(event.trials)} ${event.trials === 1 ? 'trial' : 'trials'}${invalid} in ${formatClock(event.totalMs)}, load for ${share} % of the time`;
}

/** Text of other programs as one line without control characters: it must not move the cursor. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim();
}
