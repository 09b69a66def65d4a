import type { Diagnosis, DoctorLine } from '../model/diagnosis.ts';

interface Layout {
  readonly nameColumns: number;
  readonly widthColumns: number;
}

/** A diagnosis as a terminal shows it: one line per thing, under it what is missing and what to do about it. */
export function formatDiagnosis(diagnosis: Diagnosis, widthColumns: number): string {
  const { system, tools, modes, testbeds } = diagnosis;
  const names = [...system, ...tools, ...modes, ...testbeds].map((one) => one.name.length);
  const layout = { nameColumns: Math.max(...names), widthColumns };
  const sections = [
    ['System', ...formatLines(system, layout)],
    ['Tools', ...formatTools(diagnosis, layout)],
    ['Modes on this kernel', ...formatLines(modes, layout)],
    ['Testbeds', ...formatLines(testbeds, layout)],
    [formatEnd(diagnosis)],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The reason that the line above gave is not given again in full. */
function formatLines(findings: readonly DoctorLine[], layout: Layout): string[] {
  let told = '';
  return findings.flatMap((one) => {
    const reasons = JSON.stringify(one.lacks);
    if (one.lacks.length > 0 && reasons === told) return [`${formatHead(one, layout)}, for the same reason`];
    told = reasons;
    return [formatHead(one, layout), ...formatLacks(one, layout)];
  });
}

/** Tools have one remedy for all that are missing. */
function formatTools({ tools, installCommand }: Diagnosis, layout: Layout): string[] {
  const lines = tools.map((one) => formatHead(one, layout));
  return installCommand === null ? lines : [...lines, `    → all at once: ${installCommand}`];
}

function formatHead(one: DoctorLine, { nameColumns }: Layout): string {
  const bad = one.blocks ? '✗' : '–';
  return `  ${one.lacks.length === 0 ? '✓' : bad} ${one.name.padEnd(nameColumns)}  ${one.value}`;
}

function formatLacks(one: DoctorLine, { nameColumns, widthColumns }: Layout): string[] {
  const indent = ' '.repeat(nameColumns + 6);
  const room = Math.max(widthColumns - indent.length, 30);
  return one.lacks.flatMap(({ message, remedy }) => [
    ...wrap(message, room).map((line) => indent + line),
    ...wrap(remedy, room - 2).map((line, index) => `${indent}${index === 0 ? '→ ' : '  '}${line}`),
  ]);
}

function formatEnd({ smokeCanRun, system, tools, testbeds }: Diagnosis): string {
  if (smokeCanRun) return 'The smoke scenario can run here: npm run bench -- --scenario smoke';
  const blocking = [...system, ...tools, ...testbeds].filter((one) => one.blocks).map((one) => one.name);
  const why = blocking.length === 0 ? 'no mode of kube-proxy can run' : `see ✗ ${blocking.join(', ')}`;
  return `The smoke scenario cannot run here: ${why}`;
}

/** Breaks at line ends and between words; a word longer than a line stays whole, so that it can still be copied. */
function wrap(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line.trim(), columns));
}

function wrapLine(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
