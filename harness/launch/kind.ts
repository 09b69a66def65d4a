import type { DoctorLine } from '../model/diagnosis.ts';
import type { Reason } from '../model/reason.ts';
import type { Exec } from '../system/exec.ts';
import { findTool } from '../system/find-tool.ts';
import { doctorLine } from './doctor-line.ts';
import { runHere } from './here.ts';
import { type DoctorWorld, type Place, withoutGuest } from './place.ts';

/** One kind cluster for each mode, made by the program from here: the engine is the machine's. */
export const kind: Place = {
  name: 'kind',
  needs: [],
  bringsKubeProxy: true,
  isHere: false,
  loadTestbed: async () => (await import('../testbed/kind/kind.ts')).kind,
  support: async (modes, { scenario }) => (await import('../testbed/kind/support.ts')).supportOnKind(modes, scenario),
  arrange: async (modes, scenario, begun) =>
    (await import('../testbed/kind/support.ts')).arrangeOnKind(modes, scenario, begun),
  makeGuest: withoutGuest,
  diagnose,
  launch: ({ request, world }) => runHere(request, kind, world),
};

async function diagnose({ env, exec }: DoctorWorld): Promise<DoctorLine> {
  const remedy = 'https://kind.sigs.k8s.io/docs/user/quick-start/#installation';
  const program = findTool('kind', env) === null ? { code: 'tool-missing', message: 'kind not found', remedy } : null;
  const engine = await engineLack(findTool('docker', env) ?? findTool('podman', env), exec);
  return doctorLine('kind', 'one cluster per mode', [program, engine]);
}

async function engineLack(engine: string | null, exec: Exec): Promise<Reason | null> {
  const answers =
    engine !== null &&
    (await exec.run([engine, 'info'], { timeoutMs: 5000 }).then(
      () => true,
      () => false,
    ));
  if (answers) return null;
  const message = engine === null ? 'neither docker nor podman found' : `${engine} info fails: no engine answers`;
  return { code: 'no-container-engine', message, remedy: 'install Docker or Podman and start it' };
}
