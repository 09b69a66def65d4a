import { get } from 'node:http';
import { connect } from 'node:net';

/**
 * A small program that the testbed runs inside a namespace to ask what answers there. Its one argument is a JSON ProbeQuestion; it prints one
 * JSON ProbeAnswer. Plain node built-ins only, so that it starts fast.
 */
export type ProbeQuestion =
  /** Which of these answer an HTTP request with status 200 within the time? */
  | {
      readonly kind: 'answers';
      readonly path: string;
      readonly timeoutMs: number;
      readonly targets: readonly { readonly id: string; readonly address: string; readonly port: number }[];
    }
  /** Connect again and again until it works, each time for `attemptMs` at most: when did it first? */
  | {
      readonly kind: 'until-connected';
      readonly address: string;
      readonly port: number;
      readonly deadlineMs: number;
      readonly attemptMs: number;
    }
  /** `count` connections of `requestsEach` requests, one after the other, each with a 200; one that is silent for `silenceMs` is given up. */
  | {
      readonly kind: 'connections';
      readonly address: string;
      readonly port: number;
      readonly path: string;
      readonly count: number;
      readonly requestsEach: number;
      readonly silenceMs: number;
    };

export interface ProbeAnswer {
  /** Ids that did not answer, with why. */
  readonly failures: readonly { readonly id: string; readonly why: string }[];
  /** When the first connection worked (`until-connected`): ms of CLOCK_MONOTONIC, which all processes of a machine share and nobody sets. */
  readonly connectedAtMs: number | null;
  /** Requests that were answered (`connections`). */
  readonly answered: number;
}

async function main(question: ProbeQuestion): Promise<ProbeAnswer> {
  switch (question.kind) {
    case 'answers': {
      const asked = question.targets.map(async (target) => {
        const why = await askOnce({ ...target, path: question.path, timeoutMs: question.timeoutMs });
        return why === null ? [] : [{ id: target.id, why }];
      });
      return { failures: (await Promise.all(asked)).flat(), connectedAtMs: null, answered: 0 };
    }
    case 'until-connected':
      return { failures: [], connectedAtMs: await untilConnected(question), answered: 0 };
    case 'connections':
      return { failures: [], connectedAtMs: null, answered: await makeConnections(question) };
  }
}

/** `null` when it answered 200, otherwise why not. */
function askOnce(target: { address: string; port: number; path: string; timeoutMs: number }): Promise<string | null> {
  return new Promise((resolve) => {
    const request = get(
      { host: target.address, port: target.port, path: target.path, timeout: target.timeoutMs, agent: false },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode === 200 ? null : `status ${response.statusCode}`));
      },
    );
    request.once('timeout', () => request.destroy(new Error(`no answer within ${target.timeoutMs} ms`)));
    request.once('error', (error) => resolve(error.message));
  });
}

async function untilConnected(question: Connecting & { deadlineMs: number }): Promise<number | null> {
  const deadline = performance.now() + question.deadlineMs;
  while (performance.now() < deadline) {
    if (await connectOnce(question)) return Number(process.hrtime.bigint()) / 1e6;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return null;
}

interface Connecting {
  readonly address: string;
  readonly port: number;
  readonly attemptMs: number;
}

/** One attempt, given up soon: a SYN to an address that nothing serves yet is dropped, and its retransmission comes only a second later. */
function connectOnce(place: Connecting): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(place.port, place.address);
    const finish = (worked: boolean) => {
      // By a reset: closed in order, it would hold its port against the load's own choice of ports for a minute (TIME_WAIT).
      if (worked) socket.resetAndDestroy();
      else socket.destroy();
      resolve(worked);
    };
    socket.setTimeout(place.attemptMs, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}

async function makeConnections(question: {
  address: string;
  port: number;
  path: string;
  count: number;
  requestsEach: number;
  silenceMs: number;
}): Promise<number> {
  let answered = 0;
  for (let made = 0; made < question.count; made += 1) answered += await oneConnection(question);
  return answered;
}

/** Sends the requests of one connection one after the other; resolves with how many were answered 200. */
function oneConnection(question: {
  address: string;
  port: number;
  path: string;
  requestsEach: number;
  silenceMs: number;
}): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(question.port, question.address);
    let answered = 0;
    let held = '';
    const send = () => {
      const last = answered === question.requestsEach - 1;
      socket.write(
        `GET ${question.path} HTTP/1.1\r\nHost: probe\r\nConnection: ${last ? 'close' : 'keep-alive'}\r\n\r\n`,
      );
    };
    socket.setTimeout(question.silenceMs, () => socket.destroy());
    socket.once('connect', send);
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(answered));
    socket.on('data', (bytes) => {
      held += bytes.toString('latin1');
      if (!isWhole(held)) return;
      if (held.startsWith('HTTP/1.1 200')) answered += 1;
      held = '';
      if (answered < question.requestsEach) send();
    });
  });
}

function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n');
  const length = /content-length: (\d+)/i.exec(text)?.[1];
  return head >= 0 && length !== undefined && text.length >= head + 4 + Number(length);
}

if (import.meta.main) {
  const question = JSON.parse(process.argv[2] ?? '') as ProbeQuestion;
  process.stdout.write(`${JSON.stringify(await main(question))}\n`);
}
