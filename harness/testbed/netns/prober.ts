import type { LoadTarget } from '../../model/load.ts';
import { STATIC_PATH } from '../backend/nginx.ts';
import type { AskedFrom, Prober } from '../node.ts';
import { type NodeAddresses, SERVER_NAMESPACE } from './addresses.ts';
import { NODE_PORT } from './cluster-table.ts';
import { inNamespace } from './namespaces.ts';
import { answersPing, probe } from './probe.ts';
import type { StandUpContext } from './stand-up-context.ts';

const ANSWER_DEADLINE_MS = 2000;
/** A connection that does not stand by then is tried anew. */
const ATTEMPT_MS = 50;

/** Asks from the client's namespace, from the node's, and from the server's node, which has no rules. */
export class NetnsProber implements Prober {
  readonly #context: StandUpContext;
  readonly #addresses: NodeAddresses;

  constructor(context: StandUpContext, addresses: NodeAddresses) {
    this.#context = context;
    this.#addresses = addresses;
  }

  async answers(from: AskedFrom, target: LoadTarget): Promise<boolean> {
    const { clientNamespace, nodeNamespace, nodeAddress } = this.#addresses;
    const namespace = { pod: clientNamespace, node: nodeNamespace, outside: SERVER_NAMESPACE }[from];
    const asked = from === 'outside' ? { ...target, address: nodeAddress, port: NODE_PORT } : target;
    return (await this.findSilent([asked], namespace)) === null;
  }

  /** Does every target answer? The first that does not, and how many, with why. */
  async findSilent(
    targets: readonly LoadTarget[],
    namespace: string = this.#addresses.clientNamespace,
  ): Promise<string | null> {
    const { failures } = await probe(this.#context, namespace, {
      kind: 'answers',
      path: STATIC_PATH,
      timeoutMs: ANSWER_DEADLINE_MS * this.#context.slowness,
      targets,
    });
    const [first] = failures;
    return first === undefined
      ? null
      : `${failures.length} of ${targets.length} targets do not answer (${first.id}: ${first.why})`;
  }

  async countAnswered(
    { address, port }: LoadTarget,
    load: { readonly connections: number; readonly requestsEach: number },
  ): Promise<number> {
    const { answered } = await probe(this.#context, this.#addresses.clientNamespace, {
      kind: 'connections',
      address,
      port,
      path: STATIC_PATH,
      count: load.connections,
      requestsEach: load.requestsEach,
      silenceMs: ANSWER_DEADLINE_MS * this.#context.slowness,
    });
    return answered;
  }

  async waitForConnection({ address, port }: LoadTarget, deadlineMs: number): Promise<number | null> {
    const attemptMs = ATTEMPT_MS * this.#context.slowness;
    const question = { kind: 'until-connected', address, port, deadlineMs, attemptMs } as const;
    return (await probe(this.#context, this.#addresses.clientNamespace, question)).connectedAtMs;
  }

  ping(address: string): Promise<boolean | null> {
    return answersPing(this.#context, this.#addresses.clientNamespace, address);
  }

  /** Empties the node's conntrack table. */
  async forgetConnections(): Promise<void> {
    await this.#context.exec.run([...inNamespace(this.#addresses.nodeNamespace), 'conntrack', '-F']);
  }
}
