import { z } from 'zod';
import { EnvironmentError } from '../../errors.ts';
import type { ClientChannel, OpenChannel } from '../../load/client-channel.ts';
import { type Snapshot, snapshotSchema } from '../../model/counters.ts';
import type { CountersAnswer, CountersQuestion, NodeEnvironment } from './counters-wire.ts';
import type { NodePage } from './proxy-pages.ts';

const ANSWER_DEADLINE_MS = 15_000;

const answerSchema = z.strictObject({
  id: z.int(),
  snapshot: snapshotSchema.optional(),
  environment: z
    .strictObject({
      release: z.string(),
      version: z.string(),
      architecture: z.string(),
      cpuModel: z.string().nullable(),
      cores: z.int(),
      memoryBytes: z.number(),
      loadAverage: z.array(z.number()),
      addresses: z.array(z.string()),
      routers: z.array(z.string()),
      metricsFlag: z.string().nullable(),
    })
    .optional(),
  page: z.string().optional(),
  error: z.string().optional(),
});

type Ask = CountersQuestion extends infer Q ? (Q extends { id: number } ? Omit<Q, 'id'> : never) : never;

/** The pod on a node that counts, over one connection for the whole run. */
export class CountersSession implements AsyncDisposable {
  readonly #where: string;
  readonly #channel: ClientChannel;
  readonly #waiting = new Map<number, PromiseWithResolvers<CountersAnswer>>();
  #asked = 0;
  #ended: string | null = null;

  constructor(where: string, open: OpenChannel) {
    this.#where = where;
    this.#channel = open({
      onLine: (line) => this.#onLine(line),
      onEnd: (why) => this.#onEnd(why),
    });
  }

  async snapshot(): Promise<Snapshot> {
    const { snapshot } = await this.#ask({ kind: 'snapshot' });
    if (snapshot === undefined) throw this.#failure('it gave no snapshot');
    return snapshot;
  }

  async environment(): Promise<NodeEnvironment> {
    const { environment } = await this.#ask({ kind: 'environment' });
    if (environment === undefined) throw this.#failure('it did not describe its node');
    return environment;
  }

  /** A page of the node's kube-proxy. Rejects when nothing answers there. */
  async proxyPage({ host, port }: NodePage, path: string): Promise<string> {
    return (await this.#ask({ kind: 'proxy', host, port, path })).page ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel.end();
  }

  async #ask(question: Ask): Promise<CountersAnswer> {
    if (this.#ended !== null) throw this.#failure(this.#ended);
    this.#asked += 1;
    const id = this.#asked;
    const waiting = Promise.withResolvers<CountersAnswer>();
    this.#waiting.set(id, waiting);
    const timer = setTimeout(
      () => waiting.reject(this.#failure(`no answer within ${ANSWER_DEADLINE_MS} ms`)),
      ANSWER_DEADLINE_MS,
    );
    try {
      this.#channel.writeLine(JSON.stringify({ ...question, id }));
      const answer = await waiting.promise;
      if (answer.error !== undefined) throw this.#failure(answer.error);
      return answer;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  #onLine(line: string): void {
    const parsed = answerSchema.safeParse(parseJson(line));
    if (!parsed.success) {
      this.#onEnd(`it said what is no answer: ${line.slice(0, 200)}`);
      return;
    }
    this.#waiting.get(parsed.data.id)?.resolve(parsed.data as CountersAnswer);
  }

  #onEnd(why: string): void {
    this.#ended ??= why;
    for (const { reject } of this.#waiting.values()) reject(this.#failure(why));
  }

  #failure(why: string): EnvironmentError {
    return new EnvironmentError(
      `the counters on ${this.#where}: ${why}`,
      'look at the pods of the DaemonSet "counters" (kubectl describe)',
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
