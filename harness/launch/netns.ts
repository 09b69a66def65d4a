import type { DoctorLine } from '../model/diagnosis.ts';
import type { Reason } from '../model/reason.ts';
import { describeTool } from '../supply/packages/tool-line.ts';
import { systemExec } from '../system/exec.ts';
import { probeModes } from '../testbed/mode-support.ts';
import { runInLaboratory } from './laboratory-process.ts';
import { laboratoryProgram } from './namespaces.ts';
import { type DoctorWorld, type Place, sideBySide, withoutGuest } from './place.ts';

/** The embedded laboratory on this kernel, in namespaces of its own. */
export const netns: Place = {
  name: 'netns',
  needs: ['laboratory', 'mode', 'wire', 'comfort'],
  bringsKubeProxy: false,
  isHere: true,
  loadTestbed: async () => (await import('../testbed/netns/netns.ts')).netns,
  support: (modes) => probeModes(modes, systemExec),
  arrange: sideBySide,
  makeGuest: withoutGuest,
  diagnose,
  launch: ({ requestPath, world }) =>
    runInLaboratory(laboratoryProgram(requestPath, { debug: world.words.includes('--debug') })),
};

async function diagnose({ tools, support, machine }: DoctorWorld): Promise<DoctorLine> {
  const missing = tools.filter((tool) => describeTool(tool, machine).blocks).map(({ one }) => one.tool);
  const floor = support.find((one) => one.mode.id === 'none');
  const lacks: Reason[] = floor?.supported === false ? [floor.reason] : [];
  if (missing.length > 0)
    lacks.push({ code: 'tool-missing', message: `not found: ${missing.join(', ')}`, remedy: 'see Tools above' });
  const blocks = lacks.length > 0;
  return { name: 'netns', value: blocks ? 'cannot run here' : "namespaces of this machine's kernel", lacks, blocks };
}
