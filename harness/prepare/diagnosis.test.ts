import { expect, test } from 'vitest';
import { formatDiagnosis } from '../commands/diagnosis-text.ts';
import type { Diagnosis, DoctorLine } from '../model/diagnosis.ts';
import { conntrackLine, memoryLine } from './system-state.ts';

const well = (name: string, value: string): DoctorLine => ({ name, value, lacks: [], blocks: false });
const REASON = { code: 'kernel-lacks-module', message: 'kernel 6.18 has no ip_vs', remedy: 'as root: modprobe ip_vs' };

const DIAGNOSIS: Diagnosis = {
  schemaVersion: 1,
  system: [well('Node', '26.10.0')],
  tools: [{ name: 'nginx', value: 'not found (the backends)', lacks: [REASON], blocks: true }],
  modes: [
    well('nftables', 'this kernel runs it'),
    { name: 'ipvs', value: 'cannot run here', lacks: [REASON], blocks: false },
    { name: 'ipvs-lc', value: 'cannot run here', lacks: [REASON], blocks: false },
  ],
  testbeds: [well('netns', 'here')],
  installCommand: 'sudo apt-get install --no-install-recommends nginx',
  smokeCanRun: false,
};

test('a diagnosis reads as a list with remedies, each reason told once', () => {
  expect(formatDiagnosis(DIAGNOSIS, 100)).toBe(`System
  ✓ Node      26.10.0

Tools
  ✗ nginx     not found (the backends)
    → all at once: sudo apt-get install --no-install-recommends nginx

Modes on this kernel
  ✓ nftables  this kernel runs it
  – ipvs      cannot run here
              kernel 6.18 has no ip_vs
              → as root: modprobe ip_vs
  – ipvs-lc   cannot run here, for the same reason

Testbeds
  ✓ netns     here

The smoke scenario cannot run here: see ✗ nginx
`);
});

test('long reasons are broken between words to the width of the terminal', () => {
  const message = 'a long reason '.repeat(20).trim();
  const modes = [{ name: 'ipvs', value: 'cannot run here', lacks: [{ ...REASON, message }], blocks: false }];
  const lines = formatDiagnosis({ ...DIAGNOSIS, modes }, 60).split('\n');
  const reason = lines.filter((line) => line.includes('long'));
  expect(Math.max(...reason.map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(reason.join(' ').split(/\s+/).filter(Boolean).join(' ')).toBe(message);
});

test('a connection table too small for two minutes of 1,000 connections/s is said before a run, with the remedy', () => {
  expect(conntrackLine(65_536).lacks).toMatchObject([
    { code: 'conntrack-small', remedy: expect.stringContaining('sysctl') },
  ]);
  expect(conntrackLine(262_144).lacks).toEqual([]);
  expect(conntrackLine(null).lacks).toEqual([]);
});

test('little memory is a warning and keeps nobody from the smoke scenario', () => {
  expect(memoryLine(1e9)).toMatchObject({ blocks: false, lacks: [{ code: 'memory-short' }] });
  expect(memoryLine(8e9).lacks).toEqual([]);
});
