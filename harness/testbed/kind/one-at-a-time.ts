import { isFloor } from '../../mode/table.ts';
import type { Mode } from '../../model/mode.ts';
import type { Clusters } from '../kubernetes-shared/clusters.ts';
import type { ClusterPlace } from '../kubernetes-shared/place.ts';
import { type KindOpening, openKindPlace } from './place.ts';

/** Kind clusters on a machine that has room for one: a mode's deletes the one before it. */
export class OneClusterAtATime implements Clusters, AsyncDisposable {
  readonly first: ClusterPlace;
  readonly opened: readonly ClusterPlace[];
  readonly #kind: KindOpening;
  readonly #modes: readonly Mode[];
  #current: Standing | null;

  private constructor(kind: KindOpening, modes: readonly Mode[], current: Standing) {
    this.#kind = kind;
    this.#modes = modes;
    this.#current = current;
    this.first = current.place;
    this.opened = [current.place];
  }

  /** Begins with a mode that has a kube-proxy, by which the environment is described. */
  static async open(kind: KindOpening, modes: readonly Mode[]): Promise<OneClusterAtATime> {
    const first = modes.find((mode) => !isFloor(mode)) ?? modes[0];
    if (first === undefined) throw new Error('a run has a mode');
    return new OneClusterAtATime(kind, modes, await makeStanding(kind, { mode: first, index: modes.indexOf(first) }));
  }

  async place(modeId: string): Promise<ClusterPlace> {
    if (this.#current?.place.mode.id === modeId) return this.#current.place;
    await this[Symbol.asyncDispose]();
    const index = this.#modes.findIndex((one) => one.id === modeId);
    const mode = this.#modes[index];
    if (mode === undefined) throw new Error(`no mode is called ${modeId}`);
    this.#current = await makeStanding(this.#kind, { mode, index });
    return this.#current.place;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const current = this.#current;
    this.#current = null;
    await current?.stack.disposeAsync();
  }
}

/** The cluster that stands, and how it is undone. */
interface Standing {
  readonly place: ClusterPlace;
  readonly stack: AsyncDisposableStack;
}

async function makeStanding(
  { program, opening }: KindOpening,
  which: { readonly mode: Mode; readonly index: number },
): Promise<Standing> {
  await using stack = new AsyncDisposableStack();
  const place = await openKindPlace({ program, opening: { ...opening, stack } }, which);
  return { place, stack: stack.move() };
}
