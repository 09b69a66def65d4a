import { unreachable } from '../errors.ts';
import type { RunEvent, RunEventOf } from '../model/run-event.ts';
import {
  formatAhead,
  formatBlockEnd,
  formatClock,
  formatCount,
  formatDifference,
  formatPair,
  formatQuantityId,
  formatRunEnd,
  formatSize,
  oneLine,
} from './words.ts';

/** An event → lines for a log, most events to none. Times count from the run's start, `startedAtMs`. */
export function formatPlainLines(event: RunEvent, startedAtMs: number): readonly string[] {
  const time = formatClock(event.atMs - startedAtMs).padStart(6);
  return linesOf(event).map((line) => `${time}  ${line}`);
}

function linesOf(event: RunEvent): readonly string[] {
  switch (event.type) {
    case 'run-started':
      return startLines(event);
    case 'step':
      return event.state === 'started'
        ? []
        : [`${event.name}${event.state === 'failed' ? ' failed' : ''}: ${oneLine(event.detail)}`];
    case 'capacity-measured':
      return [
        `capacity, ${event.policyId}: ${formatCount(event.requestsPerSecond)} requests/s (asked for: ${formatCount(event.askedRateRps)})${event.clientFloorUs === null ? '' : `; the client's own share of a connect: ${event.clientFloorUs.toFixed(0)} µs`}`,
      ];
    case 'block-started':
      return [`${formatSize(event.sizeServices)}: standing up ${event.modeIds.join(', ')}`];
    case 'block-settled':
      return [
        `${formatSize(event.sizeServices)}: settled after ${formatClock(event.durationMs)} (${event.nodes.map(nodeWords).join('; ')})`,
      ];
    case 'trial-finished':
      return trialLines(event);
    case 'round-finished':
      return event.differences.map(
        (difference) =>
          `${formatSize(event.sizeServices)}, round ${event.round + 1}, ${difference.spec}: ${formatPair(difference)}, ${formatQuantityId(difference.quantity)} ${formatDifference(difference)}${difference.verdict === null ? '' : `, ${difference.verdict}`}`,
      );
    case 'block-finished':
      return [`${formatSize(event.sizeServices)}: done, ${formatBlockEnd(event)}`];
    case 'time-left':
      return [`about ${formatAhead(event.expectedMs)} left, at most ${formatAhead(event.atMostMs)}`];
    case 'warning':
      return [`warning: ${oneLine(event.reason.message)}; ${oneLine(event.reason.remedy)}`];
    case 'run-finished':
      return [formatRunEnd(event), `results: ${event.directory}`];
    case 'block-step':
    case 'trial-started':
    case 'trial-phase':
      return [];
    default:
      return unreachable(event);
  }
}

function startLines(event: RunEventOf<'run-started'>): readonly string[] {
  const where = `${event.testbed}${event.testbedReason === null ? '' : ` (${oneLine(event.testbedReason)})`}`;
  const resumed = event.resumedTrials === 0 ? '' : `; goes on after ${formatCount(event.resumedTrials)} trials`;
  return [
    `${event.scenario} in ${where}: ${event.modeIds.join(', ')}; ${event.policyIds.join(', ')}; ${event.sizesServices.map(formatSize).join(', ')}`,
    `${roundsWords(event)} in at most ${formatAhead(event.budgetMs)}, seed ${event.seed}${resumed}; into ${event.directory}`,
    ...event.refusedModes.map(
      ({ mode, reason }) => `left out: ${mode.id}: ${oneLine(reason.message)}; ${oneLine(reason.remedy)}`,
    ),
  ];
}

/** "5 to 30 rounds for ±20 µs"; a fixed number is taken whatever the width. */
function roundsWords({ minRounds, maxRounds, halfWidthUs }: RunEventOf<'run-started'>): string {
  if (minRounds === maxRounds) return `${minRounds} ${minRounds === 1 ? 'round' : 'rounds'}`;
  return `${minRounds} to ${maxRounds} rounds for ±${halfWidthUs} µs`;
}

function nodeWords(node: RunEventOf<'block-settled'>['nodes'][number]): string {
  const objects: readonly (readonly [number | null, string])[] = [
    [node.natRules, 'nat rules'],
    [node.nftRules, 'nft rules'],
    [node.ipvsServices, 'virtual servers'],
  ];
  const found = objects.flatMap(([count, noun]) => (count === null ? [] : [`${formatCount(count)} ${noun}`]));
  return `${node.modeId} ${(node.settledMs / 1000).toFixed(1)} s${found.length === 0 ? '' : `, ${found.join(', ')}`}`;
}

function trialLines(event: RunEventOf<'trial-finished'>): readonly string[] {
  const { trial, numbers } = event;
  const times = [
    ['handshake', numbers.handshakeP50Us],
    ['connect', numbers.connectP50Us],
    ['total', numbers.totalP50Us],
  ].flatMap(([noun, us]) => (typeof us === 'number' ? [`${noun} ${us.toFixed(0)} µs`] : []));
  const cpu = numbers.cpuCores === null ? [] : [`CPU ${(numbers.cpuCores * 100).toFixed(0)} % of a core over idle`];
  const what = `trial ${trial.index}: ${formatSize(trial.sizeServices)}, ${trial.modeId}, ${trial.policyId}`;
  const lines = [`${what}: ${[...times, ...cpu].join(', ') || 'no numbers'}`];
  for (const reason of event.invalid) lines.push(`trial ${trial.index} is invalid: ${oneLine(reason.message)}`);
  for (const reason of event.warnings) lines.push(`trial ${trial.index}: ${oneLine(reason.message)}`);
  return lines;
}
