/**
 * How much longer than on bare metal anything may take here: 1, or what the testbed that started this process says in BENCH_PATIENCE. In a guest whose CPU is emulated, user
 * code runs about twenty times slower, and every deadline (never a measured duration) is stretched by it. It comes by the environment because it
 * belongs to the place and not to any one call, and the processes that a process starts are in the same place.
 */
export function patientMs(deadlineMs: number, env: Readonly<Record<string, string | undefined>> = process.env): number {
  const factor = Number(env.BENCH_PATIENCE ?? 1);
  return deadlineMs * (Number.isFinite(factor) && factor >= 1 ? factor : 1);
}

/** Whether anything takes longer here than on bare metal: a guest whose CPU is emulated. */
export function isSlow(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return patientMs(1, env) > 1;
}
